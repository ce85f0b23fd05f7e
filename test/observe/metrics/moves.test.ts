/**
 * What each observation, alone, moves: which series, and by how much. A change that is meant is written anew by
 * `UPDATE_MOVES=1`; read its difference.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { inspect } from "node:util";
import type { Observation } from "../../../src/gateway/boundary.ts";
import { seriesOf } from "../../../src/observe/metrics/registry.ts";
import { thisTest } from "../../support/documents.ts";
import { declared } from "./names.ts";
import { everyObservation, observationsOfNoBoard } from "./observations.ts";
import { openInstruments, type Samples, samplesOf } from "./samples.ts";

const file = join(import.meta.dirname, "moves.txt");
const board = "north";
const observations = [...everyObservation(board), ...observationsOfNoBoard];

/** Gives each gauge another value than it begins with: setting a gauge shows only where it had another value. */
const otherGauges: readonly Observation[] = [
  { kind: "session", isUp: true },
  { kind: "link", board, isUp: true },
  { kind: "report", board, report: { kind: "mcu_away", unansweredCount: 3, answersProbes: true } },
];

const beginnings: readonly (readonly Observation[])[] = [[], otherGauges];

const gauges = new Set(declared.flatMap(({ kind, name }) => (kind === "gauge" ? [name] : [])));

/** Lines such as `NAME{LABELS} +1`, of a gauge `NAME{LABELS} = 1`. */
function movesBetween(before: Samples, after: Samples): readonly string[] {
  return [...after].flatMap(([series, value]) => {
    const was = before.get(series) ?? 0;
    const name = series.replace(/\{.*/, "");
    // Buckets follow from what is observed, as sum and count do; what is of the process moves by itself.
    if (value === was || /_bucket$|_process_|_updated_/.test(name)) return [];
    const isGauge = gauges.has(name);
    return [isGauge ? `${series} = ${value}` : `${series} +${Number((value - was).toFixed(6))}`];
  });
}

async function movesOf(observation: Observation): Promise<readonly string[]> {
  const moves = new Set<string>();
  for (const beginning of beginnings) {
    const instruments = openInstruments([board]);
    for (const earlier of beginning) instruments.observe(earlier);
    const before = await samplesOf(instruments);
    instruments.observe(observation);
    for (const move of movesBetween(before, await samplesOf(instruments))) moves.add(move);
  }
  return [...moves];
}

/** The report, or the observation that is none, on one line. */
function titleOf(observation: Observation): string {
  const { board: whose, ...rest } = { board: undefined, ...observation };
  const told = observation.kind === "report" ? observation.report : rest;
  const text = inspect(told, { breakLength: Number.POSITIVE_INFINITY, depth: 5 });
  return observation.kind === "report" && whose === undefined ? `${text} of no board` : text;
}

const played: (readonly [title: string, moves: readonly string[]])[] = [];
for (const observation of observations) played.push([titleOf(observation), await movesOf(observation)]);

test("each observation moves what it has always moved, by as much, and nothing else", () => {
  const text = `${played.map(([title, moves]) => [title, ...moves.map((move) => `  ${move}`)].join("\n")).join("\n\n")}\n`;
  if (process.env["UPDATE_MOVES"] === "1") writeFileSync(file, text);
  const pinned = readFileSync(file, "utf8");
  const gone = pinned.split("\n\n").filter((one) => !text.includes(one));
  const come = text.split("\n\n").filter((one) => !pinned.includes(one));
  const difference = `it has:\n${gone.join("\n")}\nbut now:\n${come.join("\n")}`;
  assert.ok(text === pinned, `moves.txt is out of date: ${difference}\nIf that is meant: UPDATE_MOVES=1 ${thisTest()}`);
});

test("each value that a label can have is that of a series that something moves", () => {
  const moved = played.flatMap(([, moves]) => moves);
  for (const { name, labels, kind } of declared) {
    const series = kind === "histogram" ? `${name}_count{` : `${name}{`;
    for (const one of [...seriesOf(labels, board), ...seriesOf(labels, undefined)])
      for (const [label, value] of Object.entries(one))
        assert.ok(
          moved.some((move) => move.startsWith(series) && move.includes(`${label}="${value}"`)),
          `nothing moves ${name} with ${label}="${value}"`,
        );
  }
});
