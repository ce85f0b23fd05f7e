/* SPDX-License-Identifier: MIT
 *
 * An ATmega328P at 16 MHz, such as an Arduino Uno without its framework: USART0, LED at PB5 (pin 13), button from PD2
 * (pin 2) to ground, boot word in EEPROM.
 */
#include "../board.h"

#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>

#include "../ring.h"

#define CLOCK_HZ 16000000UL
#define BAUD 115200UL

const char board_firmware[] = "atmega328p-example-1.0";

static volatile uint32_t clock_ms;

ISR(TIMER0_COMPA_vect)
{
  clock_ms++;
}

ISR(USART_RX_vect)
{
  bool faulty = (UCSR0A & (_BV(FE0) | _BV(DOR0))) != 0; /* valid only until UDR0 is read */
  ring_put(UDR0, faulty);
}

void board_start(void)
{
  DDRB = _BV(PB5);
  PORTD = _BV(PD2); /* its pull-up */

  TCCR0A = _BV(WGM01);
  OCR0A = CLOCK_HZ / 64 / 1000 - 1;
  TIMSK0 = _BV(OCIE0A);
  TCCR0B = _BV(CS01) | _BV(CS00);

  UBRR0 = (uint16_t)((CLOCK_HZ + 4 * BAUD) / (8 * BAUD) - 1); /* 16: 117647 baud, 2.1 % fast, which receivers bear */
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
  sei();
}

uint32_t board_now_ms(void)
{
  uint32_t locked = board_lock();
  uint32_t now = clock_ms;
  board_unlock(locked);
  return now;
}

void board_write(uint8_t byte)
{
  while ((UCSR0A & _BV(UDRE0)) == 0) {
  }
  UDR0 = byte;
}

/* An EEPROM cell bears 100000 writes: 27 starts a day for ten years. */
uint16_t board_next_boot(void)
{
  static uint16_t EEMEM boot_count;
  uint16_t boot = (uint16_t)(eeprom_read_word(&boot_count) + 1);
  eeprom_update_word(&boot_count, boot);
  return boot;
}

void board_set_led(bool on)
{
  PORTB = (uint8_t)(on ? PORTB | _BV(PB5) : PORTB & ~_BV(PB5));
}

bool board_button_is_down(void)
{
  return (PIND & _BV(PD2)) == 0;
}

uint32_t board_lock(void)
{
  uint8_t status = SREG;
  cli();
  return status;
}

void board_unlock(uint32_t locked)
{
  SREG = (uint8_t)locked;
}
