import type { Instant } from "../../src/core/instant.ts";

export const columns = [
  "cloud→",
  "→mcu",
  "mcu→",
  "→cloud",
  "local→",
  "→local",
  "event",
  "reload",
  "note",
  "act",
  "…",
] as const;

export type Column = (typeof columns)[number];

export interface Line {
  readonly at: Instant;
  readonly column: Column;
  readonly text: string;
}

/** What happened at one instant, by what came in or because an alarm rang. */
export interface Turn {
  readonly at: Instant;
  readonly isAlarm: boolean;
  readonly lines: Line[];
}

/** Undefined where it is none. */
export function parseLine(text: string): Line | undefined {
  const [, at, name, rest = ""] = /^ *(\d+|…) {2}(\S+) *(.*)$/.exec(text) ?? [];
  if (at === "…") return { at: 0, column: "…", text: "" };
  const column = columns.find((column) => column === name);
  return at === undefined || column === undefined ? undefined : { at: Number(at), column, text: rest };
}

export function lineText({ at, column, text }: Line): string {
  if (column === "…") return `     …  ${text}`;
  return `${String(Math.round(at)).padStart(6)}  ${column.padEnd(6)}  ${text}`.trimEnd();
}

/** Fewer repetitions are told as they are. */
const repeatsMin = 2;

/** The lines of all turns; those of alarms that only repeat what the alarm before them did, at even times, are one line. */
export function folded(turns: readonly Turn[]): Line[] {
  const told = turns.filter(({ lines }) => lines.length > 0);
  const lines: Line[] = [];
  for (let index = 0; index < told.length; index++) {
    const turn = told[index] as Turn;
    lines.push(...turn.lines);
    const { count, everyMs } = repeatsOf(turn, told.slice(index + 1));
    if (count < repeatsMin) continue;
    lines.push({ at: turn.at, column: "…", text: `${count} × ${nameOf(turn)}, every ${everyMs} ms` });
    index += count;
  }
  return lines;
}

function repeatsOf(turn: Turn, following: readonly Turn[]): { readonly count: number; readonly everyMs: number } {
  const everyMs = Math.round((following[0] ?? turn).at - turn.at);
  const end = following.findIndex((next, index) => {
    const afterMs = Math.round(next.at - turn.at);
    return !isSame(turn, next) || afterMs !== (index + 1) * everyMs;
  });
  return { count: end === -1 ? following.length : end, everyMs };
}

/** But for how long it has lasted. */
function isSame(turn: Turn, next: Turn): boolean {
  if (!turn.isAlarm || !next.isAlarm) return false;
  const told = ({ lines }: Turn) => lines.map(({ column, text }) => `${column} ${text.replace(/for [\d.]+ s/, "")}`);
  return told(turn).join("\n") === told(next).join("\n");
}

/** What is tried, or else what is written or told last. */
function nameOf({ lines }: Turn): string {
  const text = lines.map(({ text }) => text);
  return text.map((one) => / trying (\w+)$/.exec(one)?.[1]).find((rung) => rung !== undefined) ?? text.at(-1) ?? "";
}
