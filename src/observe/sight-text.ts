import { printable } from "../runtime/text.ts";
import type { Contents, Sight } from "./sight.ts";

/** Of contents in one line for a person; `--json` has them whole. */
const contentsMax = 1000;

/** A sight in one line for a person: time of day (UTC, as in the log), what it is, and of what. */
export function sightText(sight: Sight): string {
  const timeOfDay = sight.time.slice(11, 23);
  const [what, text] = columns(sight);
  return `${timeOfDay} ${what.padEnd(8)} ${text}`;
}

function columns(sight: Sight): readonly [what: string, text: string] {
  switch (sight.kind) {
    case "request":
    case "response": {
      const { kind, processId, byteCount, contents } = sight;
      return [
        kind,
        `${printable(processId)}, ${bytes(byteCount)}${contents === undefined ? "" : `: ${shown(contents)}`}`,
      ];
    }
    case "line_out":
    case "line_in": {
      const { kind, byteCount, head, contents } = sight;
      const what = kind === "line_out" ? "to mcu" : "from mcu";
      if (contents !== undefined) return [what, `${shown(contents)} (${bytes(byteCount)})`];
      return [what, `${head === undefined ? "" : `${printable(head)} `}(${bytes(byteCount)})`];
    }
    case "session":
    case "link":
      return [sight.kind, sight.isUp ? "up" : "down"];
    case "report":
      // A crash dump is of use whole; the log has room for its beginning.
      if (sight.report.kind === "mcu_log")
        return [sight.level, `mcu says: ${printable(sight.report.text, contentsMax)}`];
      return [sight.level, sight.text];
    case "status":
      return ["status", sight.text];
    case "lost":
      return ["lost", `${sight.count} of these, because they were not read fast enough`];
    case "gap":
      return ["gap", `${sight.count} that are not kept any more`];
    default:
      return sight satisfies never;
  }
}

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}

function shown(contents: Contents): string {
  return "text" in contents
    ? printable(contents.text.trimEnd(), contentsMax)
    : `base64 ${contents.base64.slice(0, contentsMax)}`;
}
