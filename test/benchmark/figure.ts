// One line of the table: what was measured, what was wanted, and whether it is so.
import { markdownTable } from "./markdown.ts";
import { median } from "./statistics.ts";

export interface Figure {
  readonly name: string;
  readonly ours: string;
  readonly plain: string;
  readonly ratio: string;
  readonly target: string;
  /** Undefined where the figure is for information and has no target. */
  readonly met: boolean | undefined;
}

/** What each contestant came to in each round, in the same order. */
export interface Rounds {
  readonly ours: readonly number[];
  readonly plain: readonly number[];
}

/**
 * The medians side by side. The ratio is the median of the rounds' ratios: what disturbs the machine for longer than
 * a round disturbs both, and cancels.
 */
export function compared(name: string, unit: string, { ours, plain }: Rounds, ratioMax?: number): Figure {
  const ratio = median(ours.map((value, round) => value / (plain[round] ?? Number.NaN)));
  return {
    name: `${name}, ${unit}`,
    ours: rounded(median(ours)),
    plain: rounded(median(plain)),
    ratio: ratio.toFixed(2),
    target: ratioMax === undefined ? "" : `≤ ${ratioMax.toFixed(1)} ×`,
    met: ratioMax === undefined ? undefined : ratio <= ratioMax,
  };
}

/** Something that is so or is not; the plain bridge's part is for information. */
export function required(name: string, target: string, ours: { text: string; met: boolean }, plain = "–"): Figure {
  return { name, ours: ours.text, plain, ratio: "", target, met: ours.met };
}

export function rounded(value: number): string {
  return value.toFixed(value < 20 ? 1 : 0);
}

/** The figures as a table of Markdown. */
export function tableOf(figures: readonly Figure[]): string {
  const met = { true: "yes", false: "NO", undefined: "" };
  return markdownTable([
    ["figure", "rrpc-gateway", "plain", "ratio", "target", "met"],
    ...figures.map(({ name, ours, plain, ratio, target, met: isMet }) => [
      name,
      ours,
      plain,
      ratio,
      target,
      met[`${isMet}`],
    ]),
  ]);
}
