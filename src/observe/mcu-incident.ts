import type { McuState } from "../core/phase.ts";

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
