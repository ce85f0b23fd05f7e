import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/load.ts";
import type { serial } from "../config/serial-options.ts";

/**
 * What a change of each option needs. Closing a port and opening it again resets many boards, and costs the commands in
 * flight their replies; so it is done only where the kernel knows the option from the opening on, or where the lines of one
 * opening would be of two dialects.
 */
const needs: Readonly<Record<keyof (typeof serial)["options"], "closed_port" | "nothing">> = {
  path: "closed_port",
  baudRate: "closed_port",
  dataBits: "closed_port",
  parity: "closed_port",
  stopBits: "closed_port",
  rtscts: "closed_port",
  xonxoff: "closed_port",
  dtr: "nothing",
  rts: "nothing",
  hupcl: "nothing",
  commandBytesMax: "nothing",
  replyBytesMax: "nothing",
  dialect: "closed_port",
  echo: "nothing",
  lineEnd: "nothing",
  prompt: "nothing",
  windowMax: "nothing",
  helloWaitMs: "nothing",
  writeTimeoutMs: "nothing",
  stalledAfter: "nothing",
  probeIntervalMs: "nothing",
  idleProbeMs: "nothing",
  recovery: "nothing",
  lateReplyMs: "nothing",
  template: "closed_port",
};

/** The options, of all that have changed from one configuration to the next, for which the port is closed and opened anew. */
export function optionsThatClosePort(before: Config, after: Config): readonly string[] {
  return (Object.keys(needs) as (keyof typeof needs)[])
    .filter((key) => needs[key] === "closed_port" && !isDeepStrictEqual(before.serial[key], after.serial[key]))
    .map((key) => `serial.${key}`);
}
