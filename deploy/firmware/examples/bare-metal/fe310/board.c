/* SPDX-License-Identifier: MIT
 *
 * A SiFive FE310 (RISC-V, RV32IMAC) on its 16 MHz crystal, such as a HiFive1 Rev B or a RED-V: UART0 on GPIO 16 and 17, which the
 * board's USB adapter has; LED at GPIO 5 (pin 13) to ground, button from GPIO 18 (pin 2) to ground.
 */
#include "../board.h"

#include "../noise.h"
#include "../ring.h"

#define CLOCK_HZ 16000000u
#define BAUD 115200u

#ifndef MTIME_HZ
#define MTIME_HZ 32768u
#endif

const char board_firmware[] = "fe310-example-1.0";

/* ---- Registers (FE310-G002 manual) ---- */

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define CLINT_MTIME_LOW REGISTER(0x0200BFF8u)
#define CLINT_MTIME_HIGH REGISTER(0x0200BFFCu)
#define PLIC_PRIORITY_UART0 REGISTER(0x0C000000u + 4 * UART0_INTERRUPT)
#define PLIC_ENABLE REGISTER(0x0C002000u)
#define PLIC_THRESHOLD REGISTER(0x0C200000u)
#define PLIC_CLAIM REGISTER(0x0C200004u)
#define PRCI_HFXOSCCFG REGISTER(0x10008004u)
#define PRCI_PLLCFG REGISTER(0x10008008u)
#define PRCI_PLLOUTDIV REGISTER(0x1000800Cu)
#define GPIO_INPUT_VAL REGISTER(0x10012000u)
#define GPIO_INPUT_EN REGISTER(0x10012004u)
#define GPIO_OUTPUT_EN REGISTER(0x10012008u)
#define GPIO_OUTPUT_VAL REGISTER(0x1001200Cu)
#define GPIO_PUE REGISTER(0x10012010u)
#define GPIO_IOF_EN REGISTER(0x10012038u)
#define GPIO_IOF_SEL REGISTER(0x1001203Cu)
#define UART0_TXDATA REGISTER(0x10013000u)
#define UART0_RXDATA REGISTER(0x10013004u)
#define UART0_TXCTRL REGISTER(0x10013008u)
#define UART0_RXCTRL REGISTER(0x1001300Cu)
#define UART0_IE REGISTER(0x10013010u)
#define UART0_DIV REGISTER(0x10013018u)

enum {
  UART0_INTERRUPT = 3,
  UART0_PINS = 1 << 16 | 1 << 17,
  LED = 1 << 5,
  BUTTON = 1 << 18
};

/* The topmost bit of each: no byte there, no room, oscillator ready. */
#define EMPTY 0x80000000u
#define FULL 0x80000000u
#define READY 0x80000000u

/* ---- From the reset to main() ---- */

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[];
int main(void);

__attribute__((naked, section(".start"))) void start(void)
{
  __asm__ volatile("la sp, stack_top\n\tj start_c");
}

/* Interrupts, and faults, which are the end of the program: it stays here until somebody restarts it. */
__attribute__((interrupt, aligned(4))) static void on_trap(void)
{
  uint32_t cause;
  __asm__ volatile("csrr %0, mcause" : "=r"(cause));
  if (cause != (0x80000000u | 11u)) {
    for (;;) {
    }
  }
  uint32_t source = PLIC_CLAIM;
  for (uint32_t data; ((data = UART0_RXDATA) & EMPTY) == 0;)
    ring_put((uint8_t)data, false); /* this UART tells of no overrun and no framing error: checksums do */
  PLIC_CLAIM = source;
}

__attribute__((used)) void start_c(void)
{
  for (uint32_t *to = data_start, *from = data_load; to < data_end;)
    *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;)
    *to++ = 0;
  __asm__ volatile("csrw mtvec, %0" : : "r"(on_trap));
  main();
}

/* ---- What board.h asks for ---- */

static void clock_start(void)
{
  PRCI_HFXOSCCFG = 1u << 30; /* on */
  while ((PRCI_HFXOSCCFG & READY) == 0) {
  }
  PRCI_PLLOUTDIV = 1u << 8;                         /* divided by one */
  PRCI_PLLCFG = 1u << 18 | 1u << 17;                /* the PLL bypassed, from the crystal */
  PRCI_PLLCFG = 1u << 18 | 1u << 17 | 1u << 16;     /* and the core from it */
}

void board_start(void)
{
  clock_start();
  GPIO_OUTPUT_EN = LED;
  GPIO_INPUT_EN = BUTTON;
  GPIO_PUE = BUTTON;
  GPIO_IOF_SEL &= ~(uint32_t)UART0_PINS;
  GPIO_IOF_EN |= UART0_PINS;

  UART0_DIV = CLOCK_HZ / BAUD - 1; /* 137: 115942 baud, 0.6 % fast */
  UART0_TXCTRL = 1;                /* on */
  UART0_RXCTRL = 1;                /* on; interrupt at one byte */
  UART0_IE = 2;
  PLIC_PRIORITY_UART0 = 1;
  PLIC_THRESHOLD = 0;
  PLIC_ENABLE = 1u << UART0_INTERRUPT;
  __asm__ volatile("csrs mie, %0\n\tcsrsi mstatus, 8" : : "r"(1u << 11));
}

uint32_t board_now_ms(void)
{
  uint32_t high, low;
  do {
    high = CLINT_MTIME_HIGH;
    low = CLINT_MTIME_LOW;
  } while (high != CLINT_MTIME_HIGH);
  return (uint32_t)(((uint64_t)high << 32 | low) * 1000 / MTIME_HZ);
}

void board_write(uint8_t byte)
{
  while ((UART0_TXDATA & FULL) != 0) {
  }
  UART0_TXDATA = byte;
}

uint16_t board_next_boot(void)
{
  return noise_next_boot();
}

void board_set_led(bool on)
{
  GPIO_OUTPUT_VAL = on ? LED : 0;
}

bool board_button_is_down(void)
{
  return (GPIO_INPUT_VAL & BUTTON) == 0;
}

uint32_t board_lock(void)
{
  uint32_t status;
  __asm__ volatile("csrrci %0, mstatus, 8" : "=r"(status) : : "memory");
  return status & 8u;
}

void board_unlock(uint32_t locked)
{
  __asm__ volatile("csrs mstatus, %0" : : "r"(locked) : "memory");
}
