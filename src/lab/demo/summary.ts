import type { HubCounts } from "../hub/events.ts";
import type { McuCounts } from "../mcu/counts.ts";
import type { Call } from "./application.ts";
import type { Screen } from "./screen.ts";
import { duration } from "./text.ts";

/** The counts of application, hub and MCU. */
export interface Totals {
  readonly calls: readonly Call[];
  readonly hub: HubCounts;
  /** Of each MCU. */
  readonly mcus: readonly Pick<McuCounts, "executed" | "executedTwice">[];
  readonly cutoffMs: number;
}

/** Shows the totals, and checks what is promised for all calls together. */
export function showSummary({ calls, hub, mcus, cutoffMs }: Totals, screen: Screen): void {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const mcu = {
    executed: sum(mcus.map(({ executed }) => executed)),
    executedTwice: sum(mcus.map(({ executedTwice }) => executedTwice)),
  };
  const times = calls.flatMap(({ ms, outcome }) => (outcome.kind === "answered" ? [ms] : []));
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => duration(percentile(times, share)));
  const late = calls.filter(({ ms }) => ms >= cutoffMs).length + hub.late_reply;
  const extra = hub.second_reply + hub.unknown_reply;
  const row = (name: string, count: number, more: string) =>
    screen.plain(`${name.padEnd(9)} ${String(count).padStart(3)}   ${more}`, 16);
  row("answered", times.length, `p50 ${p50}, p99 ${p99}, max ${max}`);
  row("errors", calls.length - times.length, errorsByCode(calls));
  row("late", late, "");
  row("twice", extra, "");
  screen.verdict(
    `${calls.length} calls: each got one answer, none after the cutoff`,
    late + extra === 0 ? [] : [`expected no late and no second answer, found ${late} and ${extra}`],
  );
  screen.verdict(
    `the MCUs executed ${mcu.executed} commands: none twice, and none whose error says executed: no`,
    executionDeviations(calls, mcu),
  );
}

/** Answered calls were executed, calls with `executed: "unknown"` perhaps, all others not. */
export function executionDeviations(
  calls: readonly Call[],
  mcu: Pick<McuCounts, "executed" | "executedTwice">,
): string[] {
  const answered = calls.filter(({ outcome }) => outcome.kind === "answered").length;
  const unknown = calls.filter(
    ({ outcome }) => outcome.kind === "error" && outcome.error.executed === "unknown",
  ).length;
  const { executed, executedTwice } = mcu;
  const isRight = executedTwice === 0 && executed >= answered && executed <= answered + unknown;
  return isRight
    ? []
    : [
        `expected ${answered} to ${answered + unknown} executions, none twice; found ${executed}, and ${executedTwice} repeated`,
      ];
}

function errorsByCode(calls: readonly Call[]): string {
  const counts = new Map<string, number>();
  for (const { outcome } of calls) {
    if (outcome.kind === "answered") continue;
    const code = outcome.kind === "error" ? outcome.error.code : outcome.code;
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  return [...counts].map(([code, count]) => `${code} ${count}`).join(", ");
}

/** The smallest value that this share of all values does not exceed; NaN for no values. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}
