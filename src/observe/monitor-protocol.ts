import type { TraceEvent } from "./trace-event.ts";

/**
 * What passes through the monitor's socket, in lines of JSON: one order from the client, then trace events to it. With `watch`
 * they come as they happen until the client leaves; with `dump` they are the flight recorder's, and then the socket ends. With
 * `board` they are those of this board and of what belongs to none.
 */
export type Order = { readonly board?: string } & (
  | { readonly want: "watch"; readonly withContents: boolean }
  | { readonly want: "dump" }
);

/** `refused` is the last line: it says why the order is not carried out. */
export type MonitorMessage = TraceEvent | { readonly kind: "refused"; readonly text: string };

export function readOrder(line: string): Order | undefined {
  const order = parsed(line);
  if (typeof order !== "object" || order === null || !("want" in order)) return undefined;
  if ("board" in order && typeof order.board !== "string") return undefined;
  const whose = "board" in order && typeof order.board === "string" ? { board: order.board } : {};
  if (order.want === "dump") return { want: "dump", ...whose };
  if (order.want !== "watch") return undefined;
  return { want: "watch", withContents: "withContents" in order && order.withContents === true, ...whose };
}

export function jsonLine(value: Order | MonitorMessage): string {
  return `${JSON.stringify(value)}\n`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
