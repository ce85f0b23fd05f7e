/* SPDX-License-Identifier: MIT
 *
 * A board that answers RRPC, without any framework:
 *
 *   led on | led off   switches the LED
 *   count              says how often it was done; a repetition of the same line does not count
 *   wait MS            answers after so many milliseconds, and does other things meanwhile: RRPC_WINDOW of them at once
 *   hold MS            keeps the main loop busy for so long, as bad firmware does: the receive ring has to bear it
 *   pump MS            longer than a caller may wait: answered at once, the end is the event `job` (rrpc_job.h)
 *   job ID             how the job of the command ID is
 *   stats              what was not delivered, and why
 *   anything else      is echoed
 *
 * The button is the event `button`.
 */
#include <rrpc.h>
#include <rrpc_job.h>
#include <string.h>

#include "board.h"
#include "ring.h"

static rrpc gateway;

static void on_write(rrpc *r, uint8_t byte)
{
  (void)r;
  board_write(byte);
}

static void receive(void)
{
  for (uint8_t byte; ring_take(&byte);)
    rrpc_receive(&gateway, byte, board_now_ms());

  bool ends_line;
  if (ring_take_gap(&ends_line)) {
    rrpc_gap(&gateway);
    if (ends_line) /* or the next line, a whole one, would be dropped as the rest of the lost one */
      rrpc_receive(&gateway, '\n', board_now_ms());
  }
}

static uint32_t elapsed_ms(uint32_t since_ms)
{
  return board_now_ms() - since_ms;
}

/* ---- Commands that are answered at once ---- */

static void switch_led(rrpc *r, const char *id, const char *state)
{
  bool on = strcmp(state, "on") == 0;
  if (!on && strcmp(state, "off") != 0) {
    rrpc_refuse(r, id, "usage led takes on or off");
    return;
  }
  board_set_led(on);
  rrpc_reply_text(r, id, state);
}

/* Appends a text, and returns its end. */
static char *append(char *to, const char *text)
{
  size_t length = strlen(text);
  memcpy(to, text, length + 1);
  return to + length;
}

static char *append_number(char *to, uint16_t number)
{
  char digits[6], *first = digits + 5;
  *first = '\0';
  do {
    *--first = (char)('0' + number % 10);
    number /= 10;
  } while (number > 0);
  return append(to, first);
}

static void reply_count(rrpc *r, const char *id)
{
  static uint16_t count;
  char text[6];
  append_number(text, ++count);
  rrpc_reply_text(r, id, text);
}

static void reply_stats(rrpc *r, const char *id)
{
  const rrpc_counts *counts = &r->counts;
  const struct {
    const char *name;
    uint16_t count;
  } stats[] = {
      {"{\"lost\":", ring_lost_bytes()},     {",\"gaps\":", counts->gaps},
      {",\"damaged\":", counts->damaged},    {",\"overlong\":", counts->overlong},
      {",\"malformed\":", counts->malformed}, {",\"torn\":", counts->torn},
      {",\"repeats\":", counts->repeats},    {",\"forgotten\":", counts->forgotten},
      {",\"busy\":", counts->busy},          {",\"stray\":", counts->stray},
  };
  char text[176], *end = text;
  for (uint8_t i = 0; i < sizeof stats / sizeof *stats; i++)
    end = append_number(append(end, stats[i].name), stats[i].count);
  append(end, "}");
  rrpc_reply_text(r, id, text);
}

static void hold(rrpc *r, const char *id, uint32_t duration_ms)
{
  uint32_t since_ms = board_now_ms();
  while (elapsed_ms(since_ms) < duration_ms) {
  }
  rrpc_reply_text(r, id, "held");
}

/* ---- Commands that are answered later ---- */

static struct wait {
  bool running;
  uint32_t since_ms, duration_ms;
  char id[RRPC_ID_BYTES + 1];
} waits[RRPC_WINDOW];

/* Finds a place always: the library keeps at most RRPC_WINDOW commands open, and this one is among them. */
static void start_wait(rrpc *r, const char *id, uint32_t duration_ms)
{
  struct wait *wait = waits;
  while (wait->running && rrpc_wanted(r, wait->id) && strcmp(wait->id, id) != 0)
    wait++;
  wait->running = true;
  wait->since_ms = board_now_ms();
  wait->duration_ms = duration_ms;
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

/* ---- Commands that take longer than a caller may wait ---- */

static struct {
  rrpc_job job;
  uint32_t since_ms, duration_ms;
} pump;

static void start_pump(rrpc *r, const char *id, uint32_t duration_ms)
{
  if (!rrpc_job_accept(&pump.job, r, id))
    return;
  pump.since_ms = board_now_ms();
  pump.duration_ms = duration_ms;
}

static void finish_pump(void)
{
  if (pump.job.running && elapsed_ms(pump.since_ms) >= pump.duration_ms)
    rrpc_job_end(&pump.job, &gateway, "done");
}

static void tell_job(rrpc *r, const char *id, const char *of)
{
  if (!rrpc_job_answer(&pump.job, r, id, of))
    rrpc_refuse(r, id, "unknown_job not since the last restart, or not the last one");
}

/* ---- Which is which ---- */

/* What follows `word` and a space, or NULL if the text does not begin so. */
static const char *after(const char *text, const char *word)
{
  size_t length = strlen(word);
  return strncmp(text, word, length) == 0 && text[length] == ' ' ? text + length + 1 : NULL;
}

/* Milliseconds from a decimal number; false, and the command is refused, if it is none or too large. */
static bool read_duration(rrpc *r, const char *id, const char *text, uint32_t *duration_ms)
{
  const char *digit = text;
  for (*duration_ms = 0; *digit >= '0' && *digit <= '9' && *duration_ms <= 30000; digit++)
    *duration_ms = *duration_ms * 10 + (uint32_t)(*digit - '0');
  if (digit > text && *digit == '\0' && *duration_ms <= 30000)
    return true;
  rrpc_refuse(r, id, "usage at most 30000 ms");
  return false;
}

static void on_command(rrpc *r, const char *id, char *payload, size_t length)
{
  const char *argument;
  uint32_t duration_ms;

  if ((argument = after(payload, "led")) != NULL) {
    switch_led(r, id, argument);
  } else if ((argument = after(payload, "wait")) != NULL) {
    if (read_duration(r, id, argument, &duration_ms))
      start_wait(r, id, duration_ms);
  } else if ((argument = after(payload, "hold")) != NULL) {
    if (read_duration(r, id, argument, &duration_ms))
      hold(r, id, duration_ms);
  } else if ((argument = after(payload, "pump")) != NULL) {
    if (read_duration(r, id, argument, &duration_ms))
      start_pump(r, id, duration_ms);
  } else if ((argument = after(payload, "job")) != NULL) {
    tell_job(r, id, argument);
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
  static uint32_t changed_ms;
  bool down = board_button_is_down();

  if (down == was_down || elapsed_ms(changed_ms) < 20) /* contacts bounce for some milliseconds */
    return;
  was_down = down;
  changed_ms = board_now_ms();
  rrpc_event(&gateway, "button", down ? "down" : "up", down ? 4 : 2);
}

int main(void)
{
  static const rrpc_port port = {.write = on_write, .command = on_command, .firmware = board_firmware};

  board_start();
  rrpc_start(&gateway, &port, board_next_boot());
  for (;;) {
    receive();
    finish_waits();
    finish_pump();
    watch_button();
  }
}
