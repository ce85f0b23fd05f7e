/* SPDX-License-Identifier: MIT
 *
 * An ATmega328P (16 MHz) that answers RRPC, without any framework. 115200 baud, 8N1, on USART0.
 *
 *   led on | led off   switches the LED at PB5 (pin 13 of an Arduino Uno)
 *   count              says how often it was done; a repetition of the same line does not count
 *   wait MS            answers after so many milliseconds, and does other things meanwhile: RRPC_WINDOW of them at once
 *   hold MS            keeps the main loop busy for so long, as bad firmware does: the receive ring has to bear it
 *   stats              what was not delivered, and why
 *   anything else      is echoed
 *
 * A button from PD2 to ground is reported as the event `button`.
 */
#include <avr/eeprom.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/pgmspace.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <util/atomic.h>

#include "../../rrpc.h"

#ifndef F_CPU
#define F_CPU 16000000UL
#endif
#define BAUD 115200UL

static rrpc gateway;

/* ---- USART0: bytes in by interrupt, bytes out by waiting ---- */

/* While the main loop is in one command, the rest of the window arrives: the ring has to hold RRPC_WINDOW - 1 lines,
 * and a probe or a cancel (39 bytes with checksum) on top. A power of two, so that the indices wrap with a mask. */
#define RX_BYTES 512u
#if RX_BYTES <= (RRPC_WINDOW - 1) * RRPC_LINE_BYTES + 39
#error "the receive ring cannot hold the window that the hello promises"
#endif

static volatile uint8_t rx[RX_BYTES];
static volatile uint16_t rx_head, rx_tail; /* the interrupt writes at head, the main loop reads at tail */
static volatile uint16_t rx_lost;          /* bytes */
static volatile bool rx_gap;               /* bytes were lost behind the last one in the ring */
static volatile uint8_t rx_last_lost;

/* Once a byte is lost, all are dropped until the main loop has emptied the ring: so it knows where the gap is. */
ISR(USART_RX_vect)
{
  bool faulty = (UCSR0A & (_BV(FE0) | _BV(DOR0))) != 0; /* valid only until UDR0 is read */
  uint8_t byte = UDR0;
  uint16_t next = (uint16_t)((rx_head + 1u) & (RX_BYTES - 1u));

  if (faulty || rx_gap || next == rx_tail) {
    rx_gap = true;
    rx_lost++;
    rx_last_lost = byte;
    return;
  }
  rx[rx_head] = byte;
  rx_head = next;
}

static bool rx_take(uint8_t *byte)
{
  bool taken = false;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    if (rx_tail != rx_head) {
      *byte = rx[rx_tail];
      rx_tail = (uint16_t)((rx_tail + 1u) & (RX_BYTES - 1u));
      taken = true;
    }
  }
  return taken;
}

static bool rx_take_gap(bool *ends_line)
{
  bool gap = false;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    if (rx_gap && rx_tail == rx_head) {
      rx_gap = false;
      gap = true;
      *ends_line = rx_last_lost == '\n';
    }
  }
  return gap;
}

static uint32_t now_ms(void);

static void receive(void)
{
  for (uint8_t byte; rx_take(&byte);)
    rrpc_receive(&gateway, byte, now_ms());

  bool ends_line;
  if (rx_take_gap(&ends_line)) {
    rrpc_gap(&gateway);
    if (ends_line) /* or the next line, a whole one, would be dropped as the rest of the lost one */
      rrpc_receive(&gateway, '\n', now_ms());
  }
}

static void usart_start(void)
{
  UBRR0 = (uint16_t)((F_CPU + 4 * BAUD) / (8 * BAUD) - 1); /* 16: 117647 baud, 2.1 % fast, which receivers bear */
  UCSR0A = _BV(U2X0);
  UCSR0C = _BV(UCSZ01) | _BV(UCSZ00);
  UCSR0B = _BV(RXEN0) | _BV(TXEN0) | _BV(RXCIE0);
}

static void usart_write(rrpc *r, uint8_t byte)
{
  (void)r;
  while ((UCSR0A & _BV(UDRE0)) == 0) {
  }
  UDR0 = byte;
}

/* ---- Time: timer 0 counts milliseconds ---- */

static volatile uint32_t clock_ms;

ISR(TIMER0_COMPA_vect)
{
  clock_ms++;
}

static void clock_start(void)
{
  TCCR0A = _BV(WGM01);
  OCR0A = F_CPU / 64 / 1000 - 1;
  TIMSK0 = _BV(OCIE0A);
  TCCR0B = _BV(CS01) | _BV(CS00);
}

static uint32_t now_ms(void)
{
  uint32_t now;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    now = clock_ms;
  }
  return now;
}

/* Wraps after 65 seconds. */
static uint16_t elapsed_ms(uint16_t since_ms)
{
  return (uint16_t)((uint16_t)now_ms() - since_ms);
}

/* ---- What the board can do ---- */

enum { DURATION_MS_MAX = 30000 };

static struct wait {
  bool running;
  uint16_t since_ms, duration_ms;
  char id[RRPC_ID_BYTES + 1];
} waits[RRPC_WINDOW];

/* Finds a place always: the library keeps at most RRPC_WINDOW commands open, and this one is among them. */
static void start_wait(rrpc *r, const char *id, uint16_t duration_ms)
{
  struct wait *wait = waits;
  while (wait->running && rrpc_wanted(r, wait->id) && strcmp(wait->id, id) != 0)
    wait++;
  *wait = (struct wait){.running = true, .since_ms = (uint16_t)now_ms(), .duration_ms = duration_ms};
  strcpy(wait->id, id);
}

static void finish_waits(void)
{
  for (uint8_t i = 0; i < RRPC_WINDOW; i++) {
    struct wait *wait = &waits[i];
    if (!wait->running || elapsed_ms(wait->since_ms) < wait->duration_ms)
      continue;
    wait->running = false;
    if (rrpc_wanted(&gateway, wait->id))
      rrpc_reply_text(&gateway, wait->id, "waited");
  }
}

static void hold(uint16_t duration_ms)
{
  uint16_t since_ms = (uint16_t)now_ms();
  while (elapsed_ms(since_ms) < duration_ms) {
  }
}

static void switch_led(rrpc *r, const char *id, const char *state)
{
  if (strcmp(state, "on") == 0) {
    PORTB |= _BV(PB5);
  } else if (strcmp(state, "off") == 0) {
    PORTB &= (uint8_t)~_BV(PB5);
  } else {
    rrpc_refuse(r, id, "usage led takes on or off");
    return;
  }
  rrpc_reply_text(r, id, state);
}

static void reply_count(rrpc *r, const char *id)
{
  static uint16_t count;
  char text[6];
  rrpc_reply_text(r, id, utoa(++count, text, 10));
}

static void reply_stats(rrpc *r, const char *id)
{
  const rrpc_counts *c = &r->counts;
  char text[176];
  uint16_t lost;
  ATOMIC_BLOCK(ATOMIC_RESTORESTATE)
  {
    lost = rx_lost;
  }
  int length = snprintf_P(text, sizeof text,
                          PSTR("{\"lost\":%u,\"gaps\":%u,\"damaged\":%u,\"overlong\":%u,\"malformed\":%u,"
                               "\"torn\":%u,\"repeats\":%u,\"forgotten\":%u,\"busy\":%u,\"stray\":%u}"),
                          lost, c->gaps, c->damaged, c->overlong, c->malformed, c->torn, c->repeats, c->forgotten,
                          c->busy, c->stray);
  rrpc_reply(r, id, text, (size_t)length);
}

/* What follows `word` and a space, or NULL if the text does not begin so. */
static char *after(char *text, const char *word)
{
  size_t length = strlen(word);
  return strncmp(text, word, length) == 0 && text[length] == ' ' ? text + length + 1 : NULL;
}

/* Milliseconds from a decimal number; false, and the command is refused, if it is none or too large. */
static bool read_duration(rrpc *r, const char *id, const char *text, uint16_t *duration_ms)
{
  char *end;
  unsigned long value = strtoul(text, &end, 10);
  if (end == text || *end != '\0' || value > DURATION_MS_MAX) {
    rrpc_refuse(r, id, "usage at most 30000 ms");
    return false;
  }
  *duration_ms = (uint16_t)value;
  return true;
}

static void on_command(rrpc *r, const char *id, char *payload, size_t length)
{
  char *argument;
  uint16_t duration_ms;

  if ((argument = after(payload, "led")) != NULL) {
    switch_led(r, id, argument);
  } else if ((argument = after(payload, "wait")) != NULL) {
    if (read_duration(r, id, argument, &duration_ms))
      start_wait(r, id, duration_ms);
  } else if ((argument = after(payload, "hold")) != NULL) {
    if (read_duration(r, id, argument, &duration_ms)) {
      hold(duration_ms);
      rrpc_reply_text(r, id, "held");
    }
  } else if (strcmp(payload, "count") == 0) {
    reply_count(r, id);
  } else if (strcmp(payload, "stats") == 0) {
    reply_stats(r, id);
  } else {
    rrpc_reply(r, id, payload, length);
  }
}

static void watch_button(void)
{
  static bool was_down;
  static uint16_t changed_ms;
  bool down = (PIND & _BV(PD2)) == 0;

  if (down == was_down || elapsed_ms(changed_ms) < 20) /* contacts bounce for some milliseconds */
    return;
  was_down = down;
  changed_ms = (uint16_t)now_ms();
  rrpc_event(&gateway, "button", down ? "down" : "up", down ? 4 : 2);
}

/* A number that no start shares with the one before. An EEPROM cell bears 100000 writes: 27 starts a day for ten
 * years. */
static uint16_t next_boot(void)
{
  static uint16_t EEMEM boot_count;
  uint16_t boot = (uint16_t)(eeprom_read_word(&boot_count) + 1);
  eeprom_update_word(&boot_count, boot);
  return boot;
}

int main(void)
{
  static const rrpc_port port = {.write = usart_write, .command = on_command, .firmware = "avr-example-1.0"};

  DDRB = _BV(PB5);
  PORTD = _BV(PD2);
  usart_start();
  clock_start();
  sei();
  rrpc_start(&gateway, &port, next_boot());
  for (;;) {
    receive();
    finish_waits();
    watch_button();
  }
}
