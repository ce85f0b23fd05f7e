import type { Level } from "../runtime/logger.ts";

/** What the operator reads of a new session's round trip, which `marginMs` of the deadline has to cover. */
export function describeRoundTrip(roundTripMs: number, marginMs: number): { level: Level; text: string } {
  const text = `session: round trip ${roundTripMs.toFixed(0)} ms`;
  if (roundTripMs <= marginMs) return { level: "info", text };
  const advice = "an error at the deadline comes too late for the caller: raise rrpc.marginMs";
  return { level: "warn", text: `${text}, longer than rrpc.marginMs (${marginMs} ms); ${advice}` };
}
