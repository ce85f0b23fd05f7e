/* SPDX-License-Identifier: MIT
 *
 * See rrpc.h for the use and docs/line-protocol.md for the protocol.
 *
 * Two halves. Writing: put() carries each byte into the checksum and to the port, so a line of any length goes out
 * without a buffer. Reading: a line is collected, checked, and taken apart in place by a switch on its first byte.
 * Between them stands the memory of the last commands, which makes "done exactly once" hold on a noisy line.
 */
#include "rrpc.h"

#include <string.h>

/* Fixed texts live in flash. On AVR that takes an attribute and an instruction of its own; elsewhere `const` does. */
#ifdef __AVR__
#include <avr/pgmspace.h>
#define FLASH PROGMEM
#define FLASH_BYTE(address) pgm_read_byte(address)
#else
#define FLASH
#define FLASH_BYTE(address) (*(address))
#endif

#define DECIMAL_(number) #number
#define DECIMAL(number) DECIMAL_(number)

static const char HELLO[] FLASH = "=rrpc/1"
                                  " window=" DECIMAL(RRPC_WINDOW)
                                  " line=" DECIMAL(RRPC_LINE_BYTES)
                                  " crc=" DECIMAL(RRPC_CRC)
                                  " dedup=" DECIMAL(RRPC_DEDUP)
                                  " cancel=1"
                                  " boot=";
static const char FIRMWARE[] FLASH = " fw=";
static const char BUSY[] FLASH = " busy";
#if RRPC_CRC
static const char DAMAGED[] FLASH = "!- crc";
#endif

enum {
  CHECKSUM_BYTES = 5, /* "*HHHH" */
  NO_DIGIT = 0xFF
};

/* rrpc.dropping: why the line that is being received will not be taken. */
enum { KEEPING, DROPPING_OVERLONG, DROPPING_COUNTED };

/* rrpc_command.state. All but OPEN are settled. */
enum {
  OPEN,      /* with your code: a repetition is ignored */
  REPLIED,   /* a repetition is answered with the remembered reply */
  REFUSED,   /* the same with the remembered refusal */
  CANCELLED, /* the gateway has given up: no answer, ever */
  FORGOTTEN  /* done, but the reply is no longer known. Silence is the honest answer: the gateway then says "unknown",
                where a refusal would say "not done" and doing it again would do it twice */
};

/* CRC-16/XMODEM, a byte at a time without table or loop; the same as avr-libc's _crc_xmodem_update. */
static uint16_t checksum_update(uint16_t sum, uint8_t byte)
{
  sum = (uint16_t)((sum << 8) | (sum >> 8));
  sum = (uint16_t)(sum ^ byte);
  sum = (uint16_t)(sum ^ ((sum & 0xFFu) >> 4));
  sum = (uint16_t)(sum ^ (sum << 12));
  sum = (uint16_t)(sum ^ ((sum & 0xFFu) << 5));
  return sum;
}

static uint16_t checksum(const char *bytes, size_t length)
{
  uint16_t sum = 0;
  for (size_t i = 0; i < length; i++)
    sum = checksum_update(sum, (uint8_t)bytes[i]);
  return sum;
}

static char hex_digit(unsigned value)
{
  value &= 0xFu;
  return (char)(value < 10 ? '0' + value : 'A' - 10 + value);
}

/* The value of a hex digit in either case, or NO_DIGIT. */
static uint8_t hex_value(char digit)
{
  uint8_t value = (uint8_t)(digit - '0');
  if (value <= 9)
    return value;
  value = (uint8_t)((digit | 0x20) - 'a');
  return value <= 5 ? (uint8_t)(value + 10) : NO_DIGIT;
}

static bool is_control(char byte)
{
  return (uint8_t)byte < 0x20 || byte == 0x7F;
}

/* How many bytes of `text` an id, a name or a code could be; 0 if there is none, or one that is too long. */
static size_t word_length(const char *text)
{
  size_t length = 0;
  for (;; length++) {
    char c = text[length];
    if (!((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '-'))
      break;
  }
  return length <= RRPC_ID_BYTES ? length : 0;
}

static bool is_word(const char *text)
{
  size_t length = word_length(text);
  return length > 0 && text[length] == '\0';
}

/* ---- Writing ---- */

static void put(rrpc *r, char byte)
{
  r->sum = checksum_update(r->sum, (uint8_t)byte);
  r->port->write(r, (uint8_t)byte);
}

static void put_text(rrpc *r, const char *text)
{
  while (*text != '\0')
    put(r, *text++);
}

static void put_flash(rrpc *r, const char *text)
{
  for (char c; (c = (char)FLASH_BYTE(text)) != '\0'; text++)
    put(r, c);
}

static void put_hex(rrpc *r, uint16_t value, uint8_t digits)
{
  while (digits-- > 0)
    put(r, hex_digit((unsigned)value >> (4 * digits)));
}

static void put_escaped(rrpc *r, const char *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++) {
    char c = bytes[i];
    if (c == '\\' || is_control(c)) {
      put(r, '\\');
      if (c == '\n') {
        c = 'n';
      } else if (c == '\r') {
        c = 'r';
      } else if (c != '\\') {
        put(r, 'x');
        put_hex(r, (uint8_t)c, 2);
        continue;
      }
    }
    put(r, c);
  }
}

static void end_line(rrpc *r)
{
#if RRPC_CRC
  uint16_t sum = r->sum;
  put(r, '*');
  put_hex(r, sum, 4);
#endif
  put(r, '\n');
  r->sum = 0;
}

/* SIGIL WORD [BYTES], the shape of every line but the hello. */
static void write_line(rrpc *r, char sigil, const char *word, const char *bytes, size_t length)
{
  put(r, sigil);
  put_text(r, word);
  if (length > 0) {
    put(r, ' ');
    put_escaped(r, bytes, length);
  }
  end_line(r);
}

static void write_hello(rrpc *r)
{
  put_flash(r, HELLO);
  put_hex(r, r->boot, 4);
  if (r->port->firmware != NULL) {
    put_flash(r, FIRMWARE);
    put_text(r, r->port->firmware);
  }
  end_line(r);
}

/* Asks the gateway to repeat what it has in flight: a line came damaged, and which one is not known. Without
 * checksums nobody could trust the question. */
static void write_damaged(rrpc *r)
{
#if RRPC_CRC
  put_flash(r, DAMAGED);
  end_line(r);
#else
  (void)r;
#endif
}

/* ---- The memory of the last commands ---- */

/* The open command of this id, or NULL. There is never more than one. */
static rrpc_command *find_open(rrpc *r, const char *id)
{
  for (uint8_t i = 0; i < r->command_count; i++)
    if (r->commands[i].state == OPEN && strcmp(r->commands[i].id, id) == 0)
      return &r->commands[i];
  return NULL;
}

/* The command that this very line has brought before, or NULL. */
static rrpc_command *find_line(rrpc *r, const char *id, uint16_t sum)
{
  for (uint8_t i = 0; i < r->command_count; i++)
    if (r->commands[i].sum == sum && strcmp(r->commands[i].id, id) == 0)
      return &r->commands[i];
  return NULL;
}

static void forget_reply(rrpc *r, rrpc_command *command)
{
  uint16_t at = command->reply_at, bytes = command->reply_bytes;
  if (bytes == 0)
    return;

  r->reply_bytes = (uint16_t)(r->reply_bytes - bytes);
  memmove(r->replies + at, r->replies + at + bytes, (size_t)(r->reply_bytes - at));
  for (uint8_t i = 0; i < r->command_count; i++)
    if (r->commands[i].reply_at > at)
      r->commands[i].reply_at = (uint16_t)(r->commands[i].reply_at - bytes);

  command->reply_bytes = 0;
  command->state = FORGOTTEN;
}

static void forget_command(rrpc *r, rrpc_command *command)
{
  forget_reply(r, command);
  r->command_count--;
  memmove(command, command + 1, (size_t)(&r->commands[r->command_count] - command) * sizeof *command);
}

/* A place for a new command: a free one, or that of the oldest which is settled. There always is one, since fewer
 * than RRPC_WINDOW are open here and there are RRPC_COMMANDS >= RRPC_WINDOW places. */
static rrpc_command *new_command(rrpc *r)
{
  if (r->command_count == RRPC_COMMANDS) {
    rrpc_command *oldest = r->commands;
    while (oldest->state == OPEN)
      oldest++;
    forget_command(r, oldest);
  }
  return &r->commands[r->command_count++];
}

static uint8_t open_commands(const rrpc *r)
{
  uint8_t open = 0;
  for (uint8_t i = 0; i < r->command_count; i++)
    open = (uint8_t)(open + (r->commands[i].state == OPEN));
  return open;
}

static void forget_oldest_reply(rrpc *r)
{
  rrpc_command *command = r->commands;
  while (command->reply_bytes == 0 || command->reply_at != 0)
    command++;
  forget_reply(r, command);
}

/* Answers an open command and remembers the answer. */
static bool settle(rrpc *r, char sigil, const char *id, const char *bytes, size_t length)
{
  rrpc_command *command = find_open(r, id);
  if (command == NULL) {
    r->counts.stray++;
    return false;
  }

  command->state = FORGOTTEN;
  if (length <= RRPC_REPLY_BYTES) {
    while (r->reply_bytes > RRPC_REPLY_BYTES - length)
      forget_oldest_reply(r);
    if (length > 0)
      memcpy(r->replies + r->reply_bytes, bytes, length);
    command->state = sigil == '<' ? REPLIED : REFUSED;
    command->reply_at = r->reply_bytes;
    command->reply_bytes = (uint16_t)length;
    r->reply_bytes = (uint16_t)(r->reply_bytes + length);
  }
  write_line(r, sigil, command->id, bytes, length);
  return true;
}

/* The same line as before: answered as before if it was, ignored if it is still open. */
static void repeat(rrpc *r, const rrpc_command *command)
{
  r->counts.repeats++;
  if (command->state == REPLIED || command->state == REFUSED)
    write_line(r, command->state == REPLIED ? '<' : '!', command->id, r->replies + command->reply_at,
               command->reply_bytes);
  else if (command->state == FORGOTTEN)
    r->counts.forgotten++;
}

/* ---- Reading ---- */

/* Undoes the escapes up to `end`, where a 0 stands, in place: the result is never longer. Returns its end, or NULL if
 * an escape is not one, or a control byte is raw. */
static char *unescape(char *from, const char *end)
{
  char *to = from;
  while (from < end) {
    char c = *from++;
    if (is_control(c))
      return NULL;
    if (c == '\\') {
      c = *from++; /* at worst the 0 at the end, which is no escape */
      if (c == 'n') {
        c = '\n';
      } else if (c == 'r') {
        c = '\r';
      } else if (c == 'x') {
        uint8_t value = 0;
        for (uint8_t i = 0; i < 2; i++) {
          uint8_t digit = hex_value(*from++);
          if (digit == NO_DIGIT)
            return NULL;
          value = (uint8_t)(value << 4 | digit);
        }
        c = (char)value;
      } else if (c != '\\') {
        return NULL;
      }
    }
    *to++ = c;
  }
  *to = '\0';
  return to;
}

/* >ID PAYLOAD */
static void take_command(rrpc *r, char *end, uint16_t sum)
{
  char *id = r->line + 1;
  size_t id_bytes = word_length(id);
  char *payload = id + id_bytes;
  char *payload_end = NULL;
  if (id_bytes > 0 && payload == end)
    payload_end = end;
  else if (id_bytes > 0 && *payload == ' ')
    payload_end = unescape(payload + 1, end);
  if (payload_end == NULL) {
    r->counts.malformed++;
    return;
  }
  if (payload < end)
    *payload++ = '\0';

  rrpc_command *command = find_line(r, id, sum);
  if (command != NULL) {
    repeat(r, command);
    return;
  }
  if (find_open(r, id) != NULL) {
    /* Two open commands of one id could not be told apart when they are answered. */
    r->counts.malformed++;
    return;
  }
  if (open_commands(r) >= RRPC_WINDOW) {
    r->counts.busy++;
    put(r, '!');
    put_text(r, id);
    put_flash(r, BUSY);
    end_line(r);
    return;
  }

  command = new_command(r);
  strcpy(command->id, id);
  command->sum = sum;
  command->state = OPEN;
  command->reply_bytes = 0;
  r->port->command(r, command->id, payload, (size_t)(payload_end - payload));
}

/* ~ID */
static void take_cancel(rrpc *r)
{
  rrpc_command *command = find_open(r, r->line + 1);
  if (command != NULL)
    command->state = CANCELLED;
}

static void take_line(rrpc *r, size_t length)
{
  char *line = r->line;

  if (length > 0 && line[length - 1] == '\r')
    length--;
  if (length == 0)
    return;
  if (length == 1 && line[0] == '?') {
    /* Accepted without a checksum: it is how a gateway that knows nothing yet begins. */
    write_hello(r);
    return;
  }

#if RRPC_CRC
  bool whole = length > CHECKSUM_BYTES && line[length - CHECKSUM_BYTES] == '*';
  if (whole)
    length -= CHECKSUM_BYTES;
  uint16_t sum = checksum(line, length);
  for (uint8_t i = 0; whole && i < 4; i++)
    whole = line[length + 1 + i] == hex_digit((unsigned)sum >> (12 - 4 * i));
  if (!whole) {
    r->counts.damaged++;
    write_damaged(r);
    return;
  }
#else
  uint16_t sum = checksum(line, length);
#endif

  line[length] = '\0';
  if (line[0] == '>')
    take_command(r, line + length, sum);
  else if (line[0] == '~' && is_word(line + 1) && length == 1 + word_length(line + 1))
    take_cancel(r);
  else if (line[0] == '?' && length == 1)
    write_hello(r);
  else
    r->counts.malformed++;
}

/* ---- The public functions ---- */

void rrpc_start(rrpc *r, const rrpc_port *port, uint16_t boot)
{
  memset(r, 0, sizeof *r);
  r->port = port;
  r->boot = boot;
  /* Whatever line the restart has cut short ends here, so that the hello is not taken for its rest. */
  put(r, '\n');
  r->sum = 0;
  write_hello(r);
}

void rrpc_receive(rrpc *r, uint8_t byte, uint32_t now_ms)
{
  if (r->line_bytes > 0 && r->dropping == KEEPING && now_ms - r->received_ms >= RRPC_SILENCE_MS) {
    r->counts.torn++;
    r->dropping = DROPPING_COUNTED;
  }
  r->received_ms = now_ms;

  if (byte != '\n') {
    if (r->line_bytes < RRPC_LINE_BYTES - 1)
      r->line[r->line_bytes++] = (char)byte;
    else if (r->dropping == KEEPING)
      r->dropping = DROPPING_OVERLONG;
    return;
  }

  uint8_t dropping = r->dropping;
  uint16_t length = r->line_bytes;
  r->dropping = KEEPING;
  r->line_bytes = 0;
  if (dropping == KEEPING) {
    take_line(r, length);
    return;
  }
  if (dropping == DROPPING_OVERLONG)
    r->counts.overlong++;
  write_damaged(r);
}

void rrpc_gap(rrpc *r)
{
  r->counts.gaps++;
  r->dropping = DROPPING_COUNTED;
}

bool rrpc_reply(rrpc *r, const char *id, const void *payload, size_t length)
{
  return settle(r, '<', id, payload, length);
}

bool rrpc_reply_text(rrpc *r, const char *id, const char *text)
{
  return rrpc_reply(r, id, text, strlen(text));
}

bool rrpc_refuse(rrpc *r, const char *id, const char *reason)
{
  size_t code_bytes = word_length(reason);
  bool worded = code_bytes > 0 && (reason[code_bytes] == ' ' || reason[code_bytes] == '\0');
  return worded && settle(r, '!', id, reason, strlen(reason));
}

bool rrpc_wanted(rrpc *r, const char *id)
{
  return find_open(r, id) != NULL;
}

bool rrpc_event(rrpc *r, const char *name, const void *payload, size_t length)
{
  if (!is_word(name))
    return false;
  write_line(r, '@', name, payload, length);
  return true;
}

void rrpc_log(rrpc *r, const char *text)
{
  write_line(r, '#', "", text, strlen(text));
}
