import { connect } from "node:net";
import { jsonLine, type Order, type SocketMessage } from "./socket-protocol.ts";
import type { TraceEvent } from "./trace-event.ts";

/**
 * Gives `order` to the gateway whose monitor listens at `path`, and hands each trace event to `take`, one after another:
 * none is read while one is being taken, so that the gateway counts what is lost. Ends with the gateway, or when `take` says
 * that it has enough.
 *
 * @param how `limitMs`: gives up after so long a silence, without it never; `signal`: ends when it is aborted
 * @returns why nothing, or nothing more, comes, in words; undefined where that is as it should be
 */
export async function follow(
  path: string,
  order: Order,
  take: (event: TraceEvent) => Promise<"more" | "enough">,
  { limitMs, signal }: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
): Promise<string | undefined> {
  const socket = connect({ path, ...(signal !== undefined && { signal }) }).setEncoding("utf8");
  if (limitMs !== undefined) socket.setTimeout(limitMs, () => socket.destroy(silence(limitMs)));
  socket.write(jsonLine(order));
  let text = "";
  try {
    for await (const chunk of socket) {
      const lines = `${text}${chunk}`.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) {
        const message = JSON.parse(line) as SocketMessage;
        if (message.kind === "refused") return message.text;
        // Only those who use a board are told these.
        if (message.kind === "answer" || message.kind === "probed" || !("time" in message)) continue;
        if ((await take(message)) === "enough") return undefined;
      }
    }
  } catch (error) {
    if (signal?.aborted === true) return undefined;
    if (!(error instanceof Error && "syscall" in error && "code" in error)) throw error;
    return socketFault(error.code, error.message, path, "monitor");
  }
  return undefined;
}

/** An error of the same shape as the kernel's. */
function silence(ms: number): Error {
  return Object.assign(new Error(`nothing came for ${ms} ms`), { syscall: "read", code: "ETIMEDOUT" });
}

/** Why a gateway's socket cannot be used, in words. */
export function socketFault(code: unknown, message: string, path: string, name: "monitor" | "control"): string {
  switch (code) {
    case "ENOENT":
    case "ECONNREFUSED":
      return `no gateway listens at ${path}: is it running, with this configuration?`;
    case "EACCES":
      return `${path} may not be opened by this user: see ${name}.access`;
    default:
      return `${path}: ${message}`;
  }
}
