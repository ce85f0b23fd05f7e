// What is worse and what is better than in an earlier run. Pure.
import type { Conformance } from "../conformance/check-board.ts";
import { verdictNames } from "../conformance/rule.ts";
import type { Figures } from "../load/figures.ts";
import type { EarlierRun } from "./earlier-run.ts";
import { paceText, percent } from "./text.ts";

/** In words, for people. */
export interface Comparison {
  /** When the earlier run began (ISO 8601), and its firmware. */
  readonly startedAt: string;
  readonly firmware: string | undefined;
  readonly worse: readonly string[];
  readonly better: readonly string[];
  /** What cannot be compared, and why. */
  readonly notCompared: readonly string[];
}

/** What of this run is compared. */
export interface CurrentRun {
  /** Such as `115200 8N1`. */
  readonly format: string;
  readonly conformance: Conformance | undefined;
  readonly load: { readonly plan: NonNullable<EarlierRun["load"]>["plan"]; readonly figures: Figures } | undefined;
}

interface Changes {
  readonly worse: string[];
  readonly better: string[];
  readonly notCompared: string[];
}

/** A latency or a rate changes from run to run by so much without a cause. */
const noiseShare = 0.2;
const noiseMs = 1;

/** Compares what both runs have. */
export function compare(before: EarlierRun, now: CurrentRun): Comparison {
  const changes: Changes = { worse: [], better: [], notCompared: [] };
  const { startedAt } = before.environment;
  for (const pass of ["conformance", "load"] as const) {
    if ((before[pass] === undefined) === (now[pass] === undefined)) continue;
    changes.notCompared.push(`${pass}: only in ${now[pass] === undefined ? "the earlier" : "this"} run`);
  }
  if (before.conformance !== undefined && now.conformance !== undefined)
    compareRules(before.conformance, now.conformance, changes);
  compareLoads(before, now, changes);
  return { startedAt, firmware: before.conformance?.hello?.fw, ...changes };
}

function compareRules(
  before: NonNullable<EarlierRun["conformance"]>,
  now: Conformance,
  { worse, better }: Changes,
): void {
  const earlier = new Map(before.results.map(({ id, verdict }) => [id, verdict]));
  for (const { id, verdict } of now.results) {
    const was = earlier.get(id);
    if (was === undefined || was === verdict) continue;
    const words = `${id}: ${verdictNames[was]}, now ${verdictNames[verdict]}`;
    if (verdict === "fail" || was === "pass") worse.push(words);
    else if (was === "fail" || verdict === "pass") better.push(words);
  }
  for (const key of ["window", "lineBytesMax", "dedup", "crc", "cancel"] as const) {
    const [was, is] = [before.hello?.[key], now.hello?.[key]];
    if (was === undefined || is === undefined || was === is) continue;
    const name = key === "lineBytesMax" ? "line" : key;
    (is < was ? worse : better).push(`hello: ${name}=${Number(was)}, now ${Number(is)}`);
  }
}

function compareLoads(before: EarlierRun, now: CurrentRun, { worse, better, notCompared }: Changes): void {
  if (before.load === undefined || now.load === undefined) return;
  const { figures: earlier } = before.load;
  const { figures } = now.load;
  if (figures.shareInTime !== earlier.shareInTime) {
    const words = `answered in time: ${percent(earlier.shareInTime)}, now ${percent(figures.shareInTime)}`;
    (figures.shareInTime < earlier.shareInTime ? worse : better).push(words);
  }
  const [was, is] = [loadText(before.environment.format, before.load), loadText(now.format, now.load)];
  if (was !== is) {
    notCompared.push(`latencies and rate: the load was another one (${was}; now ${is})`);
    return;
  }
  if (isOther(earlier.perSecond, figures.perSecond)) {
    const words = `answered per second: ${earlier.perSecond.toFixed(1)}, now ${figures.perSecond.toFixed(1)}`;
    (figures.perSecond < earlier.perSecond ? worse : better).push(words);
  }
  for (const name of ["p50", "p99"] as const) {
    const [before, now] = [earlier.latency.total?.[name], figures.latency.total?.[name]];
    if (before === undefined || now === undefined || Math.abs(now - before) < noiseMs || !isOther(before, now))
      continue;
    (now > before ? worse : better).push(`latency ${name}: ${before.toFixed(1)} ms, now ${now.toFixed(1)} ms`);
  }
}

function loadText(format: string, { plan }: NonNullable<EarlierRun["load"]>): string {
  return `${paceText(plan.pace)}, payloads of ${plan.sizesBytes.join(", ")} bytes, at ${format}`;
}

function isOther(was: number, is: number): boolean {
  return Math.abs(is - was) > Math.max(was, is) * noiseShare;
}
