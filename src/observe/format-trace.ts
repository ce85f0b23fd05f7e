import type { BoardDownReason } from "../gateway/boundary.ts";
import { shownName } from "../runtime/board-name.ts";
import { printable } from "../runtime/text.ts";
import type { Contents, TraceEvent } from "./trace-event.ts";

/** How much of contents a line for a person shows; `--json` has them whole. */
const contentsMax = 1000;

/** A trace event in one line for a person: time of day (UTC, as in the log), what it is, the board where it needs a name, and of what. */
export function formatTrace(event: TraceEvent): string {
  const timeOfDay = event.time.slice(11, 23);
  const [what, text] = columns(event);
  const board = event.board === undefined ? undefined : shownName(event.board);
  return `${timeOfDay} ${what.padEnd(8)} ${board === undefined ? "" : `${printable(board)}: `}${text}`;
}

function columns(event: TraceEvent): readonly [what: string, text: string] {
  switch (event.kind) {
    case "request":
    case "response": {
      const { kind, processId, source, byteCount, contents } = event;
      const whose = source === undefined ? "" : `${source}, `;
      return [
        kind,
        `${printable(processId)}, ${whose}${bytes(byteCount)}${contents === undefined ? "" : `: ${shown(contents)}`}`,
      ];
    }
    case "line_out":
    case "line_in": {
      const { kind, byteCount, head, contents } = event;
      const what = kind === "line_out" ? "to mcu" : "from mcu";
      if (contents !== undefined) return [what, `${shown(contents)} (${bytes(byteCount)})`];
      return [what, `${head === undefined ? "" : `${printable(head)} `}(${bytes(byteCount)})`];
    }
    case "session":
    case "link":
      return [event.kind, event.isUp ? "up" : "down"];
    case "online":
      return ["hub", event.reason === undefined ? "online" : `offline: ${reasonText(event.reason)}`];
    case "report":
      // Longer than in the log: a crash dump is of use only as a whole.
      if (event.report.kind === "mcu_log")
        return [event.level, `mcu says: ${printable(event.report.text, contentsMax)}`];
      return [event.level, event.text];
    case "status":
      return ["status", event.text];
    case "lost":
      return ["lost", `${event.count} of these, because they were not read fast enough`];
    case "gap":
      return ["gap", `${event.count} that are not kept any more`];
    default:
      return event satisfies never;
  }
}

/** As in the status line. */
function reasonText(reason: BoardDownReason): string {
  const operation = "operation" in reason ? ` ${reason.operation}` : "";
  const code = "code" in reason ? ` ${reason.code}` : "";
  return `${reason.kind}${operation}${code}`;
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

function shown(contents: Contents): string {
  return "text" in contents
    ? printable(contents.text.trimEnd(), contentsMax)
    : `base64 ${contents.base64.slice(0, contentsMax)}`;
}
