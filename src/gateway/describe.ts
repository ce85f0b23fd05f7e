import type { McuState } from "../core/phase.ts";
import type { Level } from "../runtime/logger.ts";

/** What the operator reads of a new session's round trip, which `marginMs` of the deadline has to cover. */
export function describeRoundTrip(roundTripMs: number, marginMs: number): { level: Level; text: string } {
  const text = `session: round trip ${roundTripMs.toFixed(0)} ms`;
  if (roundTripMs <= marginMs) return { level: "info", text };
  const advice = "an error at the deadline comes too late for the caller: raise rrpc.marginMs";
  return { level: "warn", text: `${text}, longer than rrpc.marginMs (${marginMs} ms); ${advice}` };
}

/**
 * What keeps the MCU from serving, for the line that systemd shows, with its name for programs in brackets; undefined where
 * nothing is known to.
 */
export function describeMcuIncident(state: McuState): string | undefined {
  switch (state) {
    case "away":
      return "does not answer (away)";
    case "away_answers_probes":
      return "answers probes, but no command (away_answers_probes)";
    case "incompatible":
      return "speaks another version of the line protocol (incompatible)";
    case "unlinked":
    case "handshake":
    case "serving":
    case "suspect":
      return undefined;
    default:
      return state satisfies never;
  }
}
