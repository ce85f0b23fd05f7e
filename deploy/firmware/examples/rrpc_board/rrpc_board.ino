/* SPDX-License-Identifier: MIT
 *
 * An Arduino that answers RRPC on Serial:
 *
 *   led on | led off   switches the built-in LED
 *   count              says how often it was done; a repetition of the same line does not count
 *   wait MS            answers after so many milliseconds, and does other things meanwhile
 *   hold MS            keeps loop() busy for so long, as bad firmware does: what finds Serial's buffer full is lost
 *   pump MS            longer than a caller may wait: answered at once, the end is the event `job` (rrpc_job.h)
 *   job ID             how the job of the command ID is
 *   stats              what was not delivered, and why
 *   anything else      is echoed
 *
 * A button from pin 2 to ground is the event `button`.
 *
 * Leave Serial to the library: a Serial.print() of yours would end up in the middle of its lines. For a note to the
 * operator there is rrpc_log(), for news there is rrpc_event().
 */
#include <rrpc.h>
#include <rrpc_job.h>

#ifdef __AVR__
#include <EEPROM.h>
#endif

static const uint8_t BUTTON_PIN = 2;

static rrpc gateway;

static void write_byte(rrpc *, uint8_t byte)
{
  Serial.write(byte);
}

/* A time from now on. */
struct Timer {
  bool running;
  unsigned long since_ms, duration_ms;

  void start(unsigned long for_ms)
  {
    running = true;
    since_ms = millis();
    duration_ms = for_ms;
  }

  /* Whether the time is over, told once. */
  bool take_end()
  {
    bool ended = running && millis() - since_ms >= duration_ms;
    if (ended)
      running = false;
    return ended;
  }
};

/* ---- Answered later, from loop(): a handler that waits makes Serial lose bytes ---- */

/* One is enough: the library keeps no more than RRPC_WINDOW commands open, which is 1. */
static Timer wait_timer;
static char wait_id[RRPC_ID_BYTES + 1];

static void start_wait(rrpc *, const char *id, unsigned long duration_ms)
{
  strcpy(wait_id, id);
  wait_timer.start(duration_ms);
}

static void finish_wait()
{
  if (wait_timer.take_end() && rrpc_wanted(&gateway, wait_id)) /* not cancelled meanwhile */
    rrpc_reply_text(&gateway, wait_id, "waited");
}

/* ---- Longer than a caller may wait ---- */

static Timer pump_timer;
static rrpc_job pump_job;

static void start_pump(rrpc *r, const char *id, unsigned long duration_ms)
{
  if (rrpc_job_accept(&pump_job, r, id))
    pump_timer.start(duration_ms);
}

static void finish_pump()
{
  if (pump_timer.take_end())
    rrpc_job_end(&pump_job, &gateway, "done");
}

/* ---- Answered at once ---- */

static void hold(rrpc *r, const char *id, unsigned long duration_ms)
{
  delay(duration_ms);
  rrpc_reply_text(r, id, "held");
}

static void switch_led(rrpc *r, const char *id, const char *state)
{
  bool on = strcmp(state, "on") == 0;
  if (!on && strcmp(state, "off") != 0) {
    rrpc_refuse(r, id, "usage led takes on or off");
    return;
  }
  digitalWrite(LED_BUILTIN, on ? HIGH : LOW);
  rrpc_reply_text(r, id, state);
}

static void reply_count(rrpc *r, const char *id)
{
  static uint16_t count;
  char text[6];
  utoa(++count, text, 10);
  rrpc_reply_text(r, id, text);
}

static void reply_stats(rrpc *r, const char *id)
{
  const rrpc_counts &c = r->counts;
  char text[160];
  snprintf_P(text, sizeof text,
             PSTR("{\"gaps\":%u,\"damaged\":%u,\"overlong\":%u,\"malformed\":%u,\"torn\":%u,\"repeats\":%u,"
                  "\"forgotten\":%u,\"busy\":%u,\"stray\":%u}"),
             c.gaps, c.damaged, c.overlong, c.malformed, c.torn, c.repeats, c.forgotten, c.busy, c.stray);
  rrpc_reply_text(r, id, text);
}

/* ---- Which is which ---- */

/* What follows `word` and a space, or NULL if the text does not begin so. */
static const char *after(const char *text, const char *word)
{
  size_t length = strlen(word);
  return strncmp(text, word, length) == 0 && text[length] == ' ' ? text + length + 1 : NULL;
}

/* Calls `action` with milliseconds from a decimal number, or refuses the command. */
static void with_duration(rrpc *r, const char *id, const char *text, void (*action)(rrpc *, const char *, unsigned long))
{
  char *end;
  unsigned long duration_ms = strtoul(text, &end, 10);
  if (isdigit(*text) && *end == '\0' && duration_ms <= 30000)
    action(r, id, duration_ms);
  else
    rrpc_refuse(r, id, "usage at most 30000 ms");
}

static void on_command(rrpc *r, const char *id, char *payload, size_t length)
{
  const char *argument;

  if ((argument = after(payload, "led")) != NULL) {
    switch_led(r, id, argument);
  } else if ((argument = after(payload, "wait")) != NULL) {
    with_duration(r, id, argument, start_wait);
  } else if ((argument = after(payload, "hold")) != NULL) {
    with_duration(r, id, argument, hold);
  } else if ((argument = after(payload, "pump")) != NULL) {
    with_duration(r, id, argument, start_pump);
  } else if ((argument = after(payload, "job")) != NULL) {
    if (!rrpc_job_answer(&pump_job, r, id, argument))
      rrpc_refuse(r, id, "unknown_job not since the last restart, or not the last one");
  } else if (strcmp(payload, "count") == 0) {
    reply_count(r, id);
  } else if (strcmp(payload, "stats") == 0) {
    reply_stats(r, id);
  } else {
    rrpc_reply(r, id, payload, length);
  }
}

static void watch_button()
{
  static bool was_down;
  static unsigned long changed_ms;
  bool down = digitalRead(BUTTON_PIN) == LOW;

  if (down == was_down || millis() - changed_ms < 20) /* contacts bounce for some milliseconds */
    return;
  was_down = down;
  changed_ms = millis();
  rrpc_event(&gateway, "button", down ? "down" : "up", down ? 4 : 2);
}

/* A number that no start shares with the one before: the gateway sees by it that the board has restarted. */
static uint16_t next_boot()
{
  uint16_t boot;
#ifdef __AVR__
  EEPROM.get(0, boot);
  boot++;
  EEPROM.put(0, boot);
#else
  boot = (uint16_t)micros();
  for (uint8_t i = 0; i < 64; i++) /* the noise of an input that is not connected */
    boot = (uint16_t)(boot * 31u + (uint16_t)analogRead(A0));
#endif
  return boot;
}

static const rrpc_port port = {write_byte, on_command, "rrpc_board-1.0", NULL};

void setup()
{
  pinMode(LED_BUILTIN, OUTPUT);
  pinMode(BUTTON_PIN, INPUT_PULLUP);
  Serial.begin(115200);
  rrpc_start(&gateway, &port, next_boot());
}

void loop()
{
  while (Serial.available() > 0)
    rrpc_receive(&gateway, (uint8_t)Serial.read(), millis());
  finish_wait();
  finish_pump();
  watch_button();
}
