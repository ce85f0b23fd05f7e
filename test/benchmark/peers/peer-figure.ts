// One row of the comparison with the peers: what each bridge came to, as it is or as a ratio to C in the same round.
import type { Bridge } from "../bridges.ts";
import { rounded } from "../figure.ts";
import { markdownTable } from "../markdown.ts";
import { median } from "../statistics.ts";

export interface PeerFigure {
  readonly name: string;
  /** By bridge; none where it was not measured. */
  readonly cells: ReadonlyMap<Bridge, string>;
  readonly target: string;
  /** Undefined where there is no target, or nothing to compare with. */
  readonly met: boolean | undefined;
  /** Of each condition of the target, in its order; undefined where it could not be judged. */
  readonly judgements: readonly (boolean | undefined)[];
}

/** What each bridge came to in each round, in the same order. */
export type Series = ReadonlyMap<Bridge, readonly number[]>;

/** What is wanted of ours; each limit that is given holds. */
export interface Target {
  readonly toC?: { readonly atMost?: number; readonly atLeast?: number };
  readonly toPython?: { readonly below: 1 };
  readonly atMost?: number;
}

const titles: Record<Bridge, string> = {
  c: "C",
  ours: "rrpc-gateway",
  against: "the other build",
  python: "Python",
  lean: "lean Node.js",
  plain: "plain Node.js",
};

/** The median of what two bridges' ratio was in each round; NaN if one of them was not measured. */
export function ratioOf(series: Series, bridge: Bridge, to: Bridge): number {
  const base = series.get(to) ?? [];
  return median((series.get(bridge) ?? []).map((value, round) => value / (base[round] ?? Number.NaN)));
}

export function peerFigure(name: string, series: Series, target: Target = {}): PeerFigure {
  const cells = new Map<Bridge, string>();
  for (const [bridge, values] of series) {
    const value = median(values);
    const ratio = bridge === "c" ? Number.NaN : ratioOf(series, bridge, "c");
    cells.set(bridge, !Number.isFinite(ratio) ? rounded3(value) : `${ratio.toFixed(2)} (${rounded3(value)})`);
  }
  const conditions = conditionsOf(series, target);
  const judged = conditions.map(({ met }) => met).filter((met) => met !== undefined);
  return {
    name,
    cells,
    target: conditions.map(({ text }) => text).join(", "),
    met: judged.length === 0 ? undefined : judged.every((met) => met),
    judgements: judged.length === 0 ? [] : conditions.map(({ met }) => met),
  };
}

interface Condition {
  readonly text: string;
  readonly met: boolean | undefined;
}

function conditionsOf(series: Series, { toC, toPython, atMost }: Target): Condition[] {
  const conditions: Condition[] = [];
  const judge = (text: string, value: number, isMet: (value: number) => boolean) =>
    conditions.push({ text, met: Number.isNaN(value) ? undefined : isMet(value) });
  const { atMost: toCMost, atLeast: toCLeast } = toC ?? {};
  if (toCMost !== undefined) judge(`≤ ${toCMost} × C`, ratioOf(series, "ours", "c"), (ratio) => ratio <= toCMost);
  if (toCLeast !== undefined) judge(`≥ ${toCLeast} × C`, ratioOf(series, "ours", "c"), (ratio) => ratio >= toCLeast);
  if (toPython !== undefined) judge("< Python", ratioOf(series, "ours", "python"), (ratio) => ratio < toPython.below);
  if (atMost !== undefined) judge(`≤ ${atMost}`, median(series.get("ours") ?? []), (value) => value <= atMost);
  return conditions;
}

/** As a table of Markdown; with another build its ratio to ours is a column of its own. */
export function peerTableOf(figures: readonly PeerFigure[], bridges: readonly Bridge[]): string {
  const told = { true: "yes", false: "NO", undefined: "–" };
  return markdownTable([
    ["figure", ...bridges.map((bridge) => titles[bridge]), "target", "met"],
    ...figures.map((figure) => [
      figure.name,
      ...bridges.map((bridge) => figure.cells.get(bridge) ?? "–"),
      figure.target,
      figure.judgements.map((isMet) => told[`${isMet}`]).join(", "),
    ]),
  ]);
}

/** Three digits, as ratios need them. */
function rounded3(value: number): string {
  return value >= 20 ? rounded(value) : value.toPrecision(3);
}
