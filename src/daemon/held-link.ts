import type { Link, OpeningEvent } from "../serial/link.ts";

/** In place of an opening of a port that somebody has: it ends before it has begun, and the next one is tried as ever. */
export function heldLink(holder: string, emit: (event: OpeningEvent) => void): Link {
  setImmediate(() => emit({ kind: "down", cause: { kind: "busy", message: `${holder} has the port` } }));
  return { write() {}, adjust() {}, close() {} };
}
