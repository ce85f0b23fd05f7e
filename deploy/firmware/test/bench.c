/* SPDX-License-Identifier: MIT */
#include "bench.h"

#include <stdio.h>
#include <string.h>

static void on_write(rrpc *r, uint8_t byte)
{
  bench *b = r->port->user;
  if (b->out_bytes < sizeof b->out)
    b->out[b->out_bytes++] = (char)byte;
}

static void on_command(rrpc *r, const char *id, char *payload, size_t length)
{
  bench *b = r->port->user;
  b->executed++;
  strcpy(b->id, id);
  memcpy(b->payload, payload, length + 1);
  b->payload_bytes = length;
  switch (b->answer) {
  case ECHO:
    rrpc_reply(r, id, payload, length);
    break;
  case REFUSE:
    rrpc_refuse(r, id, "busy motor is homing");
    break;
  case PUT_OFF:
    break;
  }
}

void bench_start(bench *b, uint16_t boot)
{
  memset(b, 0, sizeof *b);
  b->port = (rrpc_port){on_write, on_command, "bench-1.0", b};
  rrpc_start(&b->r, &b->port, boot);
}

uint16_t bench_checksum(const void *bytes, size_t length)
{
  uint32_t sum = 0;
  for (size_t i = 0; i < length; i++) {
    sum ^= (uint32_t)((const uint8_t *)bytes)[i] << 8;
    for (int bit = 0; bit < 8; bit++)
      sum = sum & 0x8000u ? (sum << 1) ^ 0x1021u : sum << 1;
  }
  return (uint16_t)(sum & 0xFFFFu);
}

void bench_send(bench *b, const void *bytes, size_t length)
{
  for (size_t i = 0; i < length; i++)
    rrpc_receive(&b->r, ((const uint8_t *)bytes)[i], b->now_ms);
}

void bench_say(bench *b, const char *line)
{
  char end[8] = "\n";
  bench_send(b, line, strlen(line));
  if (RRPC_CRC)
    snprintf(end, sizeof end, "*%04X\n", (unsigned)bench_checksum(line, strlen(line)));
  bench_send(b, end, strlen(end));
}

const char *bench_next(bench *b)
{
  char *line = b->out + b->out_read;
  char *end = memchr(line, '\n', b->out_bytes - b->out_read);
  if (end == NULL)
    return NULL;
  b->out_read = (size_t)(end - b->out) + 1;
  *end = '\0';
#if RRPC_CRC
  if (end > line) {
    char expected[8];
    if (end - line < 6)
      return "DAMAGED";
    end -= 5;
    snprintf(expected, sizeof expected, "*%04X", (unsigned)bench_checksum(line, (size_t)(end - line)));
    if (strcmp(end, expected) != 0)
      return "DAMAGED";
    *end = '\0';
  }
#endif
  return line;
}
