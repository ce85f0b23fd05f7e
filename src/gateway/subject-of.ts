import type { Reason } from "../core/outcome.ts";
import type { DropName, Report } from "../core/report.ts";
import type { Subject } from "../runtime/logger.ts";

/** Whose doing it is as a rule that a request ended so. */
const ofOutcome: Readonly<Record<"ok" | Reason, Subject>> = {
  ok: "callers",
  bad_process_id: "callers",
  bad_payload: "callers",
  too_long: "callers",
  // A queue is as long as the board is slow.
  queue_full: "board",
  serial_down: "board",
  mcu_stalled: "board",
  id_held: "callers",
  stopping: "callers",
  queued_too_long: "board",
  no_reply: "board",
  write_stalled: "board",
  link_lost: "board",
  mcu_reset: "board",
  refused: "board",
  unsupported_version: "board",
  reply_too_large: "board",
};

const ofDrop: Readonly<Record<DropName, Subject>> = {
  late_reply: "board",
  second_reply: "board",
  stray_reply: "board",
  damaged_line: "board",
  malformed_line: "board",
  misframed_reply: "board",
  misframed_hello: "board",
  misframed_event: "board",
  overlong_line: "board",
  echoed_line: "board",
  stale_bytes: "board",
  duplicate_request: "callers",
  id_conflict: "callers",
  retained_request: "callers",
  foreign_topic: "callers",
  session_over: "hub",
  session_gone: "hub",
  missed_deadline: "callers",
  unsent_response: "hub",
  forgotten_id: "callers",
  unpublished_event: "board",
};

/** What the log counts a report with; undefined where it counts it alone, because the core tells it once. */
export function subjectOf(report: Report): Subject | undefined {
  switch (report.kind) {
    case "settled":
      return ofOutcome[report.outcome];
    case "dropped":
      return ofDrop[report.name];
    case "mcu_log":
    case "mcu_log_hidden":
      return "mcu words";
    case "echo":
      return undefined;
    default:
      return "board";
  }
}
