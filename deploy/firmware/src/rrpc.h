/* SPDX-License-Identifier: MIT
 *
 * The microcontroller's side of the RRPC line protocol, version 1 (docs/line-protocol.md).
 *
 *   bytes from the UART --rrpc_receive()--> [ rrpc ] --port.command()--> your code
 *   bytes to the UART   <--port.write()---- [ rrpc ] <--rrpc_reply()---- your code, at once or later
 *
 * Portable C99: no allocation, no operating system, no interrupt, and no timer: you say what time it is. All state is in
 * one struct of fixed size.
 * Every function is to be called from one context only, normally the main loop; an interrupt that receives bytes puts
 * them into a ring of its own, which the main loop empties into rrpc_receive() (examples/bare-metal/ring.c shows how).
 */
#ifndef RRPC_H
#define RRPC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sizes. Change them here or with -D, for the library and for your code alike. They are written into the hello as
 * they stand, so each must be a plain decimal number. */

#ifndef RRPC_LINE_BYTES
#define RRPC_LINE_BYTES 256 /* longest line taken, LF included; this is the buffer */
#endif

#ifndef RRPC_WINDOW
#define RRPC_WINDOW 1 /* commands that your code can hold at once; above 1 only if the receive ring can, too */
#endif

#ifndef RRPC_DEDUP
#define RRPC_DEDUP 4 /* last commands remembered, so that a repetition is answered again and not done again */
#endif

#ifndef RRPC_REPLY_BYTES
#define RRPC_REPLY_BYTES 128 /* shared by all remembered replies; the oldest make room for a new one */
#endif

#ifndef RRPC_CRC
#define RRPC_CRC 1 /* 1: every line carries a checksum; 0: none does */
#endif

/* So long without a byte, and the rest of a line does not come any more. The gateway waits longer than that before it
 * speaks to a board that may still hold a half line: the protocol's number, not one to change. */
#define RRPC_SILENCE_MS 500

#if RRPC_WINDOW < 1 || RRPC_DEDUP < RRPC_WINDOW
#error "the gateway repeats a command only where RRPC_DEDUP >= RRPC_WINDOW >= 1"
#endif
#if RRPC_LINE_BYTES < 48 || RRPC_LINE_BYTES > 32767 || RRPC_REPLY_BYTES < 1 || RRPC_REPLY_BYTES > 32767
#error "a line must hold an id of 32 and a checksum; sizes are counted in 16 bits"
#endif

#define RRPC_ID_BYTES 32 /* longest id, name or code: 0-9 A-Z a-z _ - */

/* An open command must not push a settled one out of the last RRPC_DEDUP, hence a place more for each that can stay
 * open while others come and go. */
#define RRPC_COMMANDS (RRPC_DEDUP + RRPC_WINDOW - 1)
#if RRPC_COMMANDS > 255
#error "commands are counted in 8 bits: RRPC_DEDUP + RRPC_WINDOW - 1 is at most 255"
#endif

typedef struct rrpc rrpc;

/* What the library needs of your board. It must live as long as the rrpc does. */
typedef struct rrpc_port {
  /* Puts one byte on the wire. May wait for room; must not call the library. */
  void (*write)(rrpc *r, uint8_t byte);

  /* A command to carry out, once. The payload is unescaped, may hold any byte, and has a 0 after its last; it is yours
   * to change until you return. Answer each command once, with rrpc_reply() or rrpc_refuse(), now or later. To answer
   * later copy the id: it is valid only until you return. */
  void (*command)(rrpc *r, const char *id, char *payload, size_t length);

  /* Name and version for people, in the hello's `fw`: printable, without spaces. */
  const char *firmware;

  /* Yours, to be found as r->port->user; the library never looks at it. */
  void *user;
} rrpc_port;

/* What was not delivered, by name. Each counter wraps at 65536. */
typedef struct rrpc_counts {
  uint16_t damaged;   /* lines with a wrong or missing checksum */
  uint16_t overlong;  /* lines longer than RRPC_LINE_BYTES */
  uint16_t malformed; /* lines with a right checksum that the protocol does not know */
  uint16_t gaps;      /* calls of rrpc_gap() */
  uint16_t torn;      /* lines in which no byte came for RRPC_SILENCE_MS */
  uint16_t repeats;   /* commands that came again and were not done again */
  uint16_t forgotten; /* repeats that could not be answered, because the reply had not been kept */
  uint16_t busy;      /* commands refused, because RRPC_WINDOW were open */
  uint16_t stray;     /* replies of yours to a command that is not open: unknown, cancelled, or answered before */
} rrpc_counts;

/* One remembered command. Private. */
typedef struct rrpc_command {
  char id[RRPC_ID_BYTES + 1];
  uint8_t state;
  uint16_t sum; /* checksum of its line: with the id it tells a repetition from a new command */
  uint16_t reply_at, reply_bytes;
} rrpc_command;

struct rrpc {
  const rrpc_port *port;
  rrpc_counts counts;

  /* The rest is private. */
  uint16_t boot;
  uint16_t sum; /* of the line being written */
  uint8_t dropping;
  uint8_t command_count;
  uint16_t line_bytes;
  uint16_t reply_bytes;
  uint32_t received_ms; /* when the last byte was received */
  char line[RRPC_LINE_BYTES];
  rrpc_command commands[RRPC_COMMANDS]; /* oldest first */
  char replies[RRPC_REPLY_BYTES];       /* without gaps, in the order in which they were given */
};

/* Begins, and sends the unasked hello that tells the gateway of the restart. `boot` must differ from the last start's:
 * a counter in EEPROM, a random number, a reading of noise. */
void rrpc_start(rrpc *r, const rrpc_port *port, uint16_t boot);

/* Takes one byte from the wire, at `now_ms`: any clock of milliseconds that uses all 32 bits, as millis() does. A byte
 * that ends a line makes the library act on it before it returns.
 *
 * The clock keeps a half line from being done: where nothing came for RRPC_SILENCE_MS amid a line (a cable was pulled,
 * the gateway was stopped), that line is dropped whole, up to its LF. */
void rrpc_receive(rrpc *r, uint8_t byte, uint32_t now_ms);

/* Says that bytes were lost at this place of the stream (ring full, UART overrun, framing error). The line that is
 * being received is dropped whole, up to its LF: without this two halves could pass for one command. */
void rrpc_gap(rrpc *r);

/* Answers an open command with any bytes. False, and nothing is sent, if no such command is open (counted `stray`). */
bool rrpc_reply(rrpc *r, const char *id, const void *payload, size_t length);

/* The same for a text that ends in 0. */
bool rrpc_reply_text(rrpc *r, const char *id, const char *text);

/* Refuses an open command: it was NOT done, not even in part. The reason is a code, one word made like an id, and if
 * you like a space and a text for people: "busy motor is homing". False, and nothing is sent, if no such command is
 * open (counted `stray`) or the reason does not begin with a code. */
bool rrpc_refuse(rrpc *r, const char *id, const char *reason);

/* Whether an answer is still wanted. Ask before you begin what you put off: the gateway may have given up on it. */
bool rrpc_wanted(rrpc *r, const char *id);

/* Says something unasked. False, and nothing is sent, if the name is not made like an id. */
bool rrpc_event(rrpc *r, const char *name, const void *payload, size_t length);

/* A line for the operator's log. It begins with "# ", so that no text can be taken for a reply. */
void rrpc_log(rrpc *r, const char *text);

#ifdef __cplusplus
}
#endif

#endif
