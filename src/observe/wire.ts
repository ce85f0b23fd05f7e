import type { Sight } from "./sight.ts";

/**
 * What passes through the monitor's socket, in lines of JSON: one order from the reader, then sights to it. With `watch`
 * they come as they happen until the reader leaves; with `dump` they are the flight recorder's, and then the end.
 */
export type Order = { readonly want: "watch"; readonly withContents: boolean } | { readonly want: "dump" };

/** `refused` is the last line. */
export type Answer = Sight | { readonly kind: "refused"; readonly text: string };

export function readOrder(line: string): Order | undefined {
  const order = parsed(line);
  if (typeof order !== "object" || order === null || !("want" in order)) return undefined;
  if (order.want === "dump") return { want: "dump" };
  if (order.want !== "watch") return undefined;
  return { want: "watch", withContents: "withContents" in order && order.withContents === true };
}

export function jsonLine(value: Order | Answer): string {
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
