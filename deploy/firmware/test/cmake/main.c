/* SPDX-License-Identifier: MIT
 *
 * Starts the library, and ends. What it says is its hello.
 */
#include <rrpc.h>
#include <rrpc_job.h>
#include <stdio.h>

static void on_write(rrpc *r, uint8_t byte)
{
  (void)r;
  putchar(byte);
}

static void on_command(rrpc *r, const char *id, char *payload, size_t length)
{
  rrpc_reply(r, id, payload, length);
}

int main(void)
{
  static const rrpc_port port = {.write = on_write, .command = on_command};
  static rrpc gateway;
  static rrpc_job job;
  rrpc_start(&gateway, &port, 1);
  return rrpc_job_accept(&job, &gateway, "1"); /* no such command */
}
