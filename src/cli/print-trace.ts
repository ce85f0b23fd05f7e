import { localSocket } from "../config/local-socket.ts";
import { follow } from "../observe/client.ts";
import { formatTrace } from "../observe/format-trace.ts";
import type { Order } from "../observe/socket-protocol.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import { visibleJson } from "../runtime/text.ts";
import { exitCodes } from "./exit-codes.ts";

export interface PrintOptions {
  /** The gateway's configuration file. */
  readonly config: string;
  readonly json?: boolean;
  /** Shows only this board, and what belongs to none. */
  readonly board?: string;
}

/**
 * Prints what the running gateway answers to `order`, as far as it is accepted, until one of the two ends: exit code 0
 * at the end of a dump and where nobody reads on, 69 where there is no gateway, no longer one, or none with this board, 78 where the
 * configuration says nothing of a monitor.
 */
export async function printTrace(
  order: Order,
  { config, json = false, board }: PrintOptions,
  accepts: (event: TraceEvent) => boolean,
): Promise<number> {
  const found = localSocket(config, "monitor");
  if (found.kind === "none") {
    console.error(found.why);
    return exitCodes.config;
  }
  let isRead = true;
  // As when `head` has enough.
  process.stdout.on("error", () => {
    isRead = false;
  });
  const ordered = board === undefined ? order : { ...order, board };
  const problem = await follow(found.socket, ordered, async (event) => {
    if (accepts(event)) await write(`${json ? visibleJson(event) : formatTrace(event)}\n`);
    return isRead ? "more" : "enough";
  });
  if (order.want === "dump" && problem === undefined) return exitCodes.ok;
  if (!isRead) return exitCodes.ok;
  console.error(problem ?? "the gateway has stopped");
  return exitCodes.unavailable;
}

/** Settles when the text is written, or cannot be. */
function write(text: string): Promise<void> {
  return new Promise((resolve) => {
    process.stdout.write(text, () => resolve());
  });
}
