import type { TraceEvent } from "../observe/trace-event.ts";

/** A trace event as the cloud may have it: nothing of a payload, whatever the log's level is, and no words of the MCU. */
export function withoutContents(event: TraceEvent): TraceEvent {
  switch (event.kind) {
    case "request":
    case "response":
    case "line_out":
    case "line_in": {
      const { contents: _, ...rest } = event;
      return rest;
    }
    case "report": {
      if (event.report.kind !== "mcu_log") return event;
      const byteCount = Buffer.byteLength(event.report.text);
      return {
        ...event,
        text: `mcu says ${byteCount} bytes: not shown`,
        report: { kind: "mcu_log_hidden", byteCount },
      };
    }
    default:
      return event;
  }
}
