/* SPDX-License-Identifier: MIT
 *
 * An STM32F1 (Cortex-M3) on its internal oscillator, such as a Blue Pill: USART1 on PA9 and PA10, LED from PC13 to the supply,
 * button from PA0 to the supply.
 */
#include "../board.h"

#include "../noise.h"
#include "../ring.h"

#ifndef CLOCK_HZ
#define CLOCK_HZ 8000000u /* the internal oscillator, which is what runs after a reset */
#endif
#define BAUD 115200u

const char board_firmware[] = "stm32f1-example-1.0";

/* ---- Registers (reference manual RM0008) ---- */

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define RCC_APB2ENR REGISTER(0x40021018u)
#define GPIOA_IDR REGISTER(0x40010808u)
#define GPIOA_CRL REGISTER(0x40010800u)
#define GPIOA_CRH REGISTER(0x40010804u)
#define GPIOC_CRH REGISTER(0x40011004u)
#define GPIOC_BSRR REGISTER(0x40011010u)
#define USART1_SR REGISTER(0x40013800u)
#define USART1_DR REGISTER(0x40013804u)
#define USART1_BRR REGISTER(0x40013808u)
#define USART1_CR1 REGISTER(0x4001380Cu)
#define SYSTICK_CTRL REGISTER(0xE000E010u)
#define SYSTICK_LOAD REGISTER(0xE000E014u)
#define SYSTICK_VAL REGISTER(0xE000E018u)
#define NVIC_ISER1 REGISTER(0xE000E104u)

enum {
  APB2_GPIOA = 1u << 2,
  APB2_GPIOC = 1u << 4,
  APB2_USART1 = 1u << 14,
  SR_FE = 1u << 1,
  SR_NE = 1u << 2,
  SR_ORE = 1u << 3,
  SR_TXE = 1u << 7,
  CR1_RE = 1u << 2,
  CR1_TE = 1u << 3,
  CR1_RXNEIE = 1u << 5,
  CR1_UE = 1u << 13,
  SYSTICK_MASK = 0xFFFFFF,
  USART1_INTERRUPT = 37,
  LED_PIN = 13,
  BUTTON_PIN = 0
};

/* ---- From the reset to main() ---- */

extern uint32_t data_load[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];
int main(void);

void start(void)
{
  for (uint32_t *to = data_start, *from = data_load; to < data_end;)
    *to++ = *from++;
  for (uint32_t *to = bss_start; to < bss_end;)
    *to++ = 0;
  main();
}

/* A fault is the end of the program: stay here until the watchdog, or somebody, restarts it. */
static void stop(void)
{
  for (;;) {
  }
}

static void on_usart1(void)
{
  bool faulty = (USART1_SR & (SR_FE | SR_NE | SR_ORE)) != 0; /* reading DR behind SR clears them */
  ring_put((uint8_t)USART1_DR, faulty);
}

typedef void (*handler)(void);

static const struct {
  uint32_t *stack_top;
  handler handlers[15 + USART1_INTERRUPT + 1];
} vectors __attribute__((section(".vectors"), used)) = {
    stack_top,
    {start, stop, stop, stop, stop, stop, [15 + USART1_INTERRUPT] = on_usart1},
};

/* ---- What board.h asks for ---- */

void board_start(void)
{
  RCC_APB2ENR = APB2_GPIOA | APB2_GPIOC | APB2_USART1;
  GPIOA_CRL = 0x44444448u; /* PA0: input with a pull-down, which is the default of its output register */
  GPIOA_CRH = 0x444444B4u; /* PA9: the USART's output; PA10: input */
  GPIOC_CRH = 0x44244444u; /* PC13: output, 2 MHz */
  board_set_led(false);

  SYSTICK_LOAD = SYSTICK_MASK;
  SYSTICK_VAL = 0;
  SYSTICK_CTRL = 5; /* on, at the core's clock, without interrupts */

  USART1_BRR = (CLOCK_HZ + BAUD / 2) / BAUD; /* 69: 115942 baud, 0.6 % fast */
  USART1_CR1 = CR1_UE | CR1_TE | CR1_RE | CR1_RXNEIE;
  NVIC_ISER1 = 1u << (USART1_INTERRUPT - 32);
}

/* The counter goes down and starts again after 2 seconds; the main loop asks far more often. */
uint32_t board_now_ms(void)
{
  static uint32_t now_ms, counted, cycles;
  uint32_t count = SYSTICK_VAL;
  cycles += (counted - count) & SYSTICK_MASK;
  counted = count;
  now_ms += cycles / (CLOCK_HZ / 1000);
  cycles %= CLOCK_HZ / 1000;
  return now_ms;
}

void board_write(uint8_t byte)
{
  while ((USART1_SR & SR_TXE) == 0) {
  }
  USART1_DR = byte;
}

uint16_t board_next_boot(void)
{
  return noise_next_boot();
}

void board_set_led(bool on)
{
  GPIOC_BSRR = on ? 1u << (16 + LED_PIN) : 1u << LED_PIN;
}

bool board_button_is_down(void)
{
  return (GPIOA_IDR & 1u << BUTTON_PIN) != 0;
}

uint32_t board_lock(void)
{
  uint32_t masked;
  __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(masked) : : "memory");
  return masked;
}

void board_unlock(uint32_t locked)
{
  __asm__ volatile("msr primask, %0" : : "r"(locked) : "memory");
}
