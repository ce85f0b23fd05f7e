/* SPDX-License-Identifier: MIT
 *
 * A board made of two arrays: what the library writes is collected as lines, and its commands are recorded and
 * answered as the test has asked. The checksum is computed bit by bit here, by another formula than the library's.
 */
#ifndef BENCH_H
#define BENCH_H

#include <rrpc.h>

/* What the board does with a command. */
typedef enum { ECHO, PUT_OFF, REFUSE } bench_answer;

typedef struct bench {
  rrpc r;
  rrpc_port port;
  bench_answer answer;
  uint32_t now_ms;                  /* the board's clock: stands still until the test moves it */
  unsigned executed;                /* commands handed to the board so far */
  char id[RRPC_ID_BYTES + 1];       /* of the last one */
  char payload[RRPC_LINE_BYTES];
  size_t payload_bytes;
  char out[65536];                  /* everything written */
  size_t out_bytes, out_read;
} bench;

/* A freshly started board, its boot hello still unread. */
void bench_start(bench *b, uint16_t boot);

uint16_t bench_checksum(const void *bytes, size_t length);

/* Sends bytes as they are. */
void bench_send(bench *b, const void *bytes, size_t length);

/* Sends a line with its checksum (if the library was built with them) and its LF. */
void bench_say(bench *b, const char *line);

/* The next line that was written, its checksum verified and removed; NULL if there is none. A wrong checksum gives
 * "DAMAGED". Valid until the next call. */
const char *bench_next(bench *b);

#endif
