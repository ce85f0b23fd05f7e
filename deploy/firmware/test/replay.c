/* SPDX-License-Identifier: MIT
 *
 * Plays a story from standard input and prints what the library wrote and what it had executed, step by step: what replay.py prints of the
 * same story must be the same. A step is a line of words, bytes as hex digits ("-": none):
 *
 *   start               a board that has just started
 *   echo, later, refuse what it does with commands from now on
 *   bytes NOW_MS HEX    bytes from the wire
 *   gap
 *   reply ID HEX | refusal ID HEX | event NAME HEX | log HEX
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bench b;

static size_t unhex(const char *hex, char *bytes)
{
  size_t length = 0;
  for (; hex[0] != '\0' && hex[1] != '\0'; hex += 2) {
    char digits[3] = {hex[0], hex[1], '\0'};
    bytes[length++] = (char)strtoul(digits, NULL, 16);
  }
  bytes[length] = '\0';
  return length;
}

static void print_hex(const char *name, const char *bytes, size_t length)
{
  printf(" %s=", name);
  for (size_t i = 0; i < length; i++)
    printf("%02x", (unsigned)(uint8_t)bytes[i]);
}

int main(void)
{
  char line[4096], word[3][2048], bytes[1024];
  while (fgets(line, sizeof line, stdin) != NULL) {
    int words = sscanf(line, "%2047s %2047s %2047s", word[0], word[1], word[2]);
    size_t length = words > 1 ? unhex(word[words - 1], bytes) : 0;
    unsigned executed = b.executed;
    bool sent = true;
    if (strcmp(word[0], "start") == 0) {
      bench_start(&b, 1);
      executed = 0;
    } else if (strcmp(word[0], "echo") == 0) {
      b.answer = ECHO;
    } else if (strcmp(word[0], "later") == 0) {
      b.answer = PUT_OFF;
    } else if (strcmp(word[0], "refuse") == 0) {
      b.answer = REFUSE;
    } else if (strcmp(word[0], "bytes") == 0) {
      b.now_ms = (uint32_t)strtoul(word[1], NULL, 10);
      bench_send(&b, bytes, length);
    } else if (strcmp(word[0], "gap") == 0) {
      rrpc_gap(&b.r);
    } else if (strcmp(word[0], "reply") == 0) {
      sent = rrpc_reply(&b.r, word[1], bytes, length);
    } else if (strcmp(word[0], "refusal") == 0) {
      sent = rrpc_refuse(&b.r, word[1], bytes);
    } else if (strcmp(word[0], "event") == 0) {
      sent = rrpc_event(&b.r, word[1], bytes, length);
    } else if (strcmp(word[0], "log") == 0) {
      rrpc_log(&b.r, bytes);
    } else {
      return 2;
    }
    printf("%s %d", word[0], sent);
    if (b.executed > executed) { /* the last of them */
      printf(" executed=%u id=%s", b.executed - executed, b.id);
      print_hex("payload", b.payload, b.payload_bytes);
    }
    print_hex("written", b.out, b.out_bytes);
    const rrpc_counts *c = &b.r.counts;
    printf(" counts=%u,%u,%u,%u,%u,%u,%u,%u,%u\n", c->damaged, c->overlong, c->malformed, c->gaps, c->torn, c->repeats, c->forgotten,
           c->busy, c->stray);
    b.out_bytes = 0;
  }
  return 0;
}
