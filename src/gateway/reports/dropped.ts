import type { DropName } from "../../core/report.ts";
import type { Incident, Level } from "../../runtime/logger.ts";
import { printable } from "../../runtime/text.ts";
import type { ReportEntry, ReportOf } from "./entry.ts";

type Dropped = ReportOf<"dropped">;

/** Room for what stands in front of a reply (at most 32 bytes, shown twice), and for what to do. */
const misframedMax = 240;

/** Everything that is not delivered where it seems to belong. */
export const dropped: Readonly<Record<DropName, ReportEntry<Dropped>>> = {
  late_reply: droppedLine(),
  second_reply: droppedLine(),
  stray_reply: droppedLine(),
  damaged_line: droppedLine(),
  malformed_line: droppedLine(),
  misframed_reply: misframed(({ processId }) =>
    processId === undefined ? "what looks like a reply" : `the reply to ${printable(processId)}`,
  ),
  misframed_hello: misframed(() => "a hello of the mcu"),
  misframed_event: misframed(() => "what looks like an event"),
  overlong_line: droppedBecause("board"),
  // A report of its own says once that echoes come.
  echoed_line: { ...droppedLine("debug"), beginsIncident: false },
  stale_bytes: { ...droppedBecause("board"), beginsIncident: false },
  duplicate_request: droppedBecause("callers"),
  id_conflict: droppedBecause("callers"),
  retained_request: droppedBecause("callers"),
  foreign_topic: droppedBecause("callers"),
  unknown_device: droppedBecause("hub"),
  unknown_hub_message: droppedBecause("hub"),
  malformed_hub_message: droppedBecause("hub"),
  session_over: droppedBecause("hub"),
  session_gone: droppedBecause("hub"),
  missed_deadline: droppedBecause("callers"),
  unsent_response: droppedBecause("hub"),
  unheard_answer: { ...droppedBecause("callers", "info"), beginsIncident: false },
  unsent_operation: droppedBecause("hub"),
  forgotten_id: droppedBecause("callers"),
  unpublished_event: { ...droppedLine("info"), beginsIncident: false },
};

/** @param incident what causes it as a rule */
function droppedBecause(incident: Incident, level: Level = "warn"): ReportEntry<Dropped> {
  return {
    level: ({ isKnown }) => (isKnown ? "debug" : level),
    text({ name, processId, detail }) {
      const of = processId ? ` of request ${printable(processId)}` : "";
      const why = detail === undefined ? "" : ` (${printable(detail)})`;
      return `dropped ${name}${of}${why}`;
    },
    key: ({ name }) => `dropped ${name}`,
    incident,
    beginsIncident: true,
    measure: ({ name }, meter) => meter.count("dropped", name),
  };
}

/** A whole line of the board. */
function droppedLine(level: Level = "warn"): ReportEntry<Dropped> {
  return { ...droppedBecause("board", level), hidesLine: true };
}

/** A line that is nearly one of the line protocol. */
function misframed(whatOf: (report: Dropped) => string): ReportEntry<Dropped> {
  return {
    ...droppedLine(),
    text: (report) => `${whatOf(report)} has ${printable(report.detail ?? "", misframedMax)}`,
  };
}
