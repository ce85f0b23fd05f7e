/* SPDX-License-Identifier: MIT
 *
 * A program that uses every function of the library and does nothing else; with -DWITHOUT_RRPC the same without it. The
 * difference is what the library costs, the C library's functions that it pulls in among it.
 */
#include "../rrpc.h"

static volatile uint8_t uart;
static volatile uint32_t millis;

#ifndef WITHOUT_RRPC
static rrpc r;

static void on_write(rrpc *from, uint8_t byte)
{
  (void)from;
  uart = byte;
}

static void on_command(rrpc *from, const char *id, char *payload, size_t length)
{
  if (length == 0)
    rrpc_refuse(from, id, payload);
  else if (length == 1)
    rrpc_reply_text(from, id, payload);
  else
    rrpc_reply(from, id, payload, length);
}
#endif

int main(void)
{
#ifndef WITHOUT_RRPC
  static rrpc_port port;
  port.write = on_write;
  port.command = on_command;
  rrpc_start(&r, &port, uart);
#endif
  for (;;) {
    uint8_t byte = uart;
    millis++;
    (void)byte;
#ifndef WITHOUT_RRPC
    rrpc_receive(&r, byte, millis);
    if (uart)
      rrpc_gap(&r);
    if (!rrpc_wanted(&r, "")) {
      rrpc_event(&r, "", "", 0);
      rrpc_log(&r, "");
    }
#endif
  }
}
