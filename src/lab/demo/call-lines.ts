// A call as lines of a terminal: its payload, its outcome and its time.

import { fill, words } from "../wrap.ts";
import type { Call } from "./application.ts";
import { duration } from "./text.ts";

/** Parts of a line; the outcome is separate because it has a colour. */
export interface CallLine {
  readonly head: string;
  readonly arrow: string;
  readonly outcome: string;
  readonly tail: string;
}

/** Column widths where a whole error fits into one line, and the payload's where it does not. */
const wide = { payload: 27, outcome: 54, error: 36 } as const;
const usualPayload = 17;
const timeColumns = 9;
const indent = 3;

/** One line if it fits. Otherwise `executed` goes to a second line; on a narrow screen the payload has its own. */
export function callLines(call: Call, width: number, shown: (text: string) => string): CallLine[] {
  const { board, payload, ms, outcome } = call;
  const what = shown(`${board === undefined ? "" : `${board}: `}${payload.replaceAll("\n", "⏎")}`);
  const arrow = shown(outcome.kind === "answered" ? "──▶" : "──✕");
  const time = duration(ms).padStart(timeColumns);
  const [result, executed] = partsOf(outcome, shown);
  const line = (head: string, arrow: string, outcome: string, tail = ""): CallLine => ({ head, arrow, outcome, tail });

  const whole = executed === "" ? result : `${result.padEnd(wide.error)} ${executed}`;
  const start = `${" ".repeat(indent)}${what.padEnd(wide.payload)} `;
  const oneLine = line(start, arrow, ` ${whole.padEnd(wide.outcome)}`, ` ${time}`);
  if (lengthOf(oneLine) <= width) return [oneLine];

  const head = `${" ".repeat(indent)}${what.padEnd(usualPayload)} `;
  const room = width - head.length - arrow.length - timeColumns - 2;
  const below = " ".repeat(head.length + arrow.length);
  if (result.length <= room) {
    const second = executed === "" ? [] : [line(below, "", ` ${executed}`)];
    return [line(head, arrow, ` ${result.padEnd(room)}`, ` ${time}`), ...second];
  }

  const pieces = [...words(result), ...(executed === "" ? [] : [executed]), `(${time.trim()})`];
  const [first = "", ...rest] = fill(pieces, width - indent - arrow.length - 1);
  const margin = " ".repeat(indent);
  return [
    line(margin + what, "", ""),
    line(margin, arrow, ` ${first}`),
    ...rest.map((more) => line(margin + " ".repeat(arrow.length), "", ` ${more}`)),
  ];
}

function lengthOf({ head, arrow, outcome, tail }: CallLine): number {
  return head.length + arrow.length + outcome.length + tail.length;
}

/** What the caller got, and what an error says about execution. */
function partsOf(outcome: Call["outcome"], shown: (text: string) => string): readonly [string, string] {
  switch (outcome.kind) {
    case "answered":
      return [shown(outcome.reply.replaceAll("\n", "⏎")), ""];
    case "error":
      return [`${outcome.error.code} / ${outcome.error.reason}`, `executed: ${outcome.error.executed}`];
    case "cloud_error":
      return [outcome.code, ""];
    default:
      return outcome satisfies never;
  }
}
