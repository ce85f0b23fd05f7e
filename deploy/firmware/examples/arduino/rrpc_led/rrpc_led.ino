/* SPDX-License-Identifier: MIT
 *
 * An Arduino that answers RRPC on Serial: `led on` and `led off` switch the built-in LED, `blink N` blinks and answers
 * when it has done so, everything else is echoed.
 *
 * Leave Serial to the library: a Serial.print() of yours would end up in the middle of its lines. For a note to the
 * operator there is rrpc_log(), for news there is rrpc_event().
 */
#include <EEPROM.h>
#include <rrpc.h>

static rrpc gateway;

static void write_byte(rrpc *, uint8_t byte)
{
  Serial.write(byte);
}

/* One blinking at a time, done in loop() and not in the handler: a handler that waits makes Serial lose bytes. */
static struct {
  uint8_t changes_left;
  unsigned long changed_ms;
  char id[RRPC_ID_BYTES + 1];
} blinking;

static void start_blinking(rrpc *r, const char *id, const char *times)
{
  int count = atoi(times);
  if (count < 1 || count > 20) {
    rrpc_refuse(r, id, "range blink takes 1 to 20");
    return;
  }
  blinking.changes_left = 2 * count;
  blinking.changed_ms = millis();
  strcpy(blinking.id, id);
}

static void go_on_blinking()
{
  if (blinking.changes_left == 0 || millis() - blinking.changed_ms < 150)
    return;
  if (!rrpc_wanted(&gateway, blinking.id)) /* cancelled */
    blinking.changes_left = 1;
  blinking.changes_left--;
  blinking.changed_ms = millis();
  digitalWrite(LED_BUILTIN, blinking.changes_left % 2 ? HIGH : LOW);
  if (blinking.changes_left == 0 && rrpc_wanted(&gateway, blinking.id))
    rrpc_reply_text(&gateway, blinking.id, "blinked");
}

static void on_command(rrpc *r, const char *id, char *payload, size_t length)
{
  if (strcmp(payload, "led on") == 0 || strcmp(payload, "led off") == 0) {
    digitalWrite(LED_BUILTIN, payload[5] == 'n' ? HIGH : LOW);
    rrpc_reply_text(r, id, payload + 4);
  } else if (strncmp(payload, "blink ", 6) == 0) {
    start_blinking(r, id, payload + 6);
  } else {
    rrpc_reply(r, id, payload, length);
  }
}

static const rrpc_port port = {write_byte, on_command, "rrpc_led-1.0", NULL};

/* A number that no start shares with the one before: the gateway sees by it that the board has restarted. */
static uint16_t next_boot()
{
  uint16_t boot;
  EEPROM.get(0, boot);
  boot++;
  EEPROM.put(0, boot);
  return boot;
}

void setup()
{
  pinMode(LED_BUILTIN, OUTPUT);
  Serial.begin(115200);
  rrpc_start(&gateway, &port, next_boot());
}

void loop()
{
  while (Serial.available() > 0)
    rrpc_receive(&gateway, Serial.read(), millis());
  go_on_blinking();
}
