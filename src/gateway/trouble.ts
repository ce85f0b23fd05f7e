import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";

/** So long without trouble ends an episode: what went before the first of many errors says more than what was amid them. */
const quietMs = 600_000;

/** Whether a report is one of trouble, for which what went before is of interest. Answers and routine are not. */
export function isTrouble(report: Report): boolean {
  switch (report.kind) {
    case "settled":
      // What the MCU refuses, and what could never become a command, says nothing of the gateway's surroundings.
      return !["ok", "refused", "bad_process_id", "bad_payload", "too_long"].includes(report.outcome);
    case "dropped":
      return !["unpublished_event", "stale_bytes", "echoed_line"].includes(report.name);
    case "echo":
      return report.finding !== "heard";
    case "writes_held":
      return report.reason === "stray_answer";
    case "mcu_away":
    case "mcu_damage_report":
    case "mcu_restarted":
    case "mcu_version_unsupported":
    case "write_stalled":
      return true;
    case "mcu_back":
    case "mcu_greeted":
    case "mcu_log":
    case "mcu_log_hidden":
    case "bytes_skipped":
    case "other_line_end":
    case "mcu_without_hello":
    case "command_resent":
    case "recovering":
      return false;
    default:
      return report satisfies never;
  }
}

/** Tells the first trouble of a board's episode from those that follow. */
export class Episodes {
  /** By board; undefined: of what is no board's. */
  readonly #lastTrouble = new Map<string | undefined, Instant>();

  /** @returns whether an episode begins with this trouble. */
  trouble(board: string | undefined, at: Instant): boolean {
    const last = this.#lastTrouble.get(board);
    this.#lastTrouble.set(board, at);
    return last === undefined || at - last >= quietMs;
  }
}
