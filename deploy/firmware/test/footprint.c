/* SPDX-License-Identifier: MIT
 *
 * A program that uses every function of rrpc.h and does nothing else; with -DWITH_JOB those of rrpc_job.h too, with
 * -DWITHOUT_RRPC none. The difference is what the library costs, the C library's functions that it pulls in among it.
 */
#include <rrpc.h>
#include <rrpc_job.h>

static volatile uint8_t uart;
static volatile uint32_t millis;

#ifndef WITHOUT_RRPC
static rrpc r;

static void on_write(rrpc *from, uint8_t byte)
{
  (void)from;
  uart = byte;
}

#ifdef WITH_JOB
static rrpc_job job;
#endif

static void on_command(rrpc *from, const char *id, char *payload, size_t length)
{
#ifdef WITH_JOB
  if (!rrpc_job_answer(&job, from, id, payload) && rrpc_job_accept(&job, from, id))
    rrpc_job_end(&job, from, payload);
#endif
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
