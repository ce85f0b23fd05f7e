import type { HoldReason } from "../../core/answer-order.ts";
import { printable, seconds } from "../../runtime/text.ts";
import type { ReportEntry, ReportOf } from "./entry.ts";

type WritesHeld = ReportOf<"writes_held">;

/** Why nothing is sent for a while to firmware that answers in order. */
export const writesHeld: Readonly<Record<HoldReason, ReportEntry<WritesHeld>>> = {
  unanswered: held(
    ({ processId }) =>
      `, or until it answers: the late answer to request ${printable(processId)} would be taken for the next one's`,
  ),
  stray_answer: {
    ...held(() => " after its last answer: one came that no command awaits, so the next may be another's"),
    beginsIncident: true,
  },
  stray_line: held(
    () =>
      " after a line of an answer that no command awaits; where the firmware says such lines unasked, serial.template.log names them",
  ),
  first_opening: {
    ...held(() => ", or until it answers: what was sent before may be answered yet"),
    level: () => "info",
  },
};

function held(whyOf: (report: WritesHeld) => string): ReportEntry<WritesHeld> {
  return {
    level: () => "warn",
    text: (report) => `nothing is sent to the mcu for ${seconds(report.forMs)}${whyOf(report)}`,
    incident: "board",
    beginsIncident: false,
  };
}
