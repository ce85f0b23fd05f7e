import type { Figures } from "./ledger.ts";
import { type FaultRow, groups, isKept, type RowResult } from "./row.ts";

/** A line for whoever watches the suite run. */
export function summaryOf(result: RowResult, verdict = isKept(result) ? "kept  " : "BROKEN"): string {
  const { row, figures, failure } = result;
  const cells = cellsOf(result).slice(1);
  const details = [...breachesOf(figures), ...(failure === undefined ? [] : [failure])];
  return [
    `${verdict} ${row.group}: ${row.name} | ${cells.join(" | ")} | took ${duration(result.tookMs)}`,
    ...details.map((detail) => detail.replace(/^/gm, "       ")),
  ].join("\n");
}

/** More of one kind say no more about its cause. */
const breachesShownMax = 10;

/** For each broken promise how often it was, and the first of them. */
export function breachesOf({ broken, breaches }: Figures): string[] {
  return Object.entries(broken).flatMap(([name, count]) => {
    const shown = breaches.filter(({ promise }) => promise === name).slice(0, breachesShownMax);
    return count === 0 ? [] : [`${name}: ${count}`, ...shown.map(({ what }) => `  ${what}`)];
  });
}

const head = [
  "fault",
  "asked",
  "delivered",
  "ok",
  "honest errors",
  "lost with session or network",
  "response lost or delayed",
  "wrong",
  "answered twice",
  "executed twice",
  "executed after refusal",
  "executed mutilated",
  "late",
  "unanswered",
  "recovery p50 / max",
  "peak",
];

function cellsOf({ row, figures, recoveriesMs, peakMiB, failure }: RowResult): string[] {
  const { broken } = figures;
  const counts = [figures.asked, figures.delivered, figures.ok];
  const promises = [
    broken.wrong,
    broken.answeredTwice,
    broken.executedTwice,
    broken.executedAfterRefusal,
    broken.executedMutilated,
    broken.late,
    broken.unanswered,
  ];
  return [
    failure === undefined ? row.name : `${row.name} (FAILED)`,
    ...counts.map(String),
    errorsOf(figures),
    ...[figures.lost, figures.responsesLost, ...promises].map(String),
    recoveriesMs.length === 0
      ? "–"
      : `${duration(quantile(recoveriesMs, 0.5))} / ${duration(Math.max(...recoveriesMs))}`,
    `${Math.round(peakMiB)} MiB`,
  ];
}

function errorsOf({ errors }: Figures): string {
  return [...errors].map(([name, count]) => `${count} ${name.split(" ").at(-1)}`).join(", ");
}

/** The smallest value that so large a share does not exceed. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN;
}

export function duration(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/**
 * The tables of docs/faults.md: a part for each group, and below it what has to be known of its rows. What was not played
 * keeps its line in `written`, the tables that are there.
 */
export function tablesOf(rows: readonly FaultRow[], results: readonly RowResult[], written: string): string {
  const lineOf = (row: FaultRow) => {
    const result = results.find((each) => each.row === row);
    return result === undefined ? writtenLine(row, written) : lineFrom(cellsOf(result));
  };
  const parts = groups.map((group) => {
    const ofGroup = rows.filter((row) => row.group === group);
    const lines = ofGroup.flatMap((row) => lineOf(row) ?? []);
    if (lines.length === 0) return "";
    const known = ofGroup.filter((row) => lineOf(row) !== undefined);
    const notes = known.flatMap(({ name, note }) => (note === undefined ? [] : [`- **${name}**: ${note}`]));
    return [
      titleOf(group),
      "",
      ...[head, head.map(() => "---")].map(lineFrom),
      ...lines,
      ...(notes.length > 0 ? ["", ...notes] : []),
      "",
    ].join("\n");
  });
  return parts.filter((part) => part !== "").join("\n");
}

function lineFrom(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function titleOf(group: string): string {
  return `### ${group[0]?.toUpperCase()}${group.slice(1)}`;
}

/** A line of another shape than today's is of no use. */
function writtenLine({ group, name }: FaultRow, written: string): string | undefined {
  const [, part = ""] = written.split(`${titleOf(group)}\n`);
  const [ofGroup = ""] = part.split("\n### ");
  const line = ofGroup.split("\n").find((each) => each.startsWith(`| ${name} | `));
  return line?.split(" | ").length === head.length ? line : undefined;
}
