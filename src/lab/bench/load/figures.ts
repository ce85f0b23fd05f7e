// The figures of a load. Pure.
import type { RequestRecord, Split } from "./record.ts";

/** The percentiles that are reported; a mean hides those who wait. */
export const percentileNames = ["p50", "p90", "p99", "p99.9", "max"] as const;
export type Percentiles = Readonly<Record<(typeof percentileNames)[number], number>>;

/** Where the time goes, and the sum. */
export const partNames = ["total", "queue", "gateway", "wire", "mcu"] as const;
export type Part = (typeof partNames)[number];

export interface Figures {
  readonly requests: number;
  readonly answered: number;
  /** Errors by `code / reason`, wrong replies as `wrong`; most frequent first. */
  readonly errors: readonly (readonly [outcome: string, count: number])[];
  /** Share of all requests that was answered before the server's cutoff, 0 to 1. */
  readonly shareInTime: number;
  /** Answered requests per second, from the first request to the last answer. */
  readonly perSecond: number;
  /** Of the answered requests; undefined if there are none, or nothing is known of a part. */
  readonly latency: Readonly<Record<Part, Percentiles | undefined>>;
  readonly histogram: readonly Bar[];
}

/** Answered requests that took from `fromMs` up to `toMs`. */
export interface Bar {
  readonly fromMs: number;
  readonly toMs: number;
  readonly count: number;
}

const barCount = 24;

export function figuresOf(records: readonly RequestRecord[], cutoffMs: number): Figures {
  const answered = records.filter(({ outcome }) => outcome === "ok");
  const totals = answered.map(({ totalMs }) => totalMs);
  const splits = answered.flatMap(({ split }) => (split === undefined ? [] : [split]));
  const part = (of: (split: Split) => number) => percentiles(splits.map(of));
  const lastMs = Math.max(0, ...records.map(({ startMs, totalMs }) => startMs + totalMs));
  return {
    requests: records.length,
    answered: answered.length,
    errors: errorsOf(records),
    shareInTime: records.length === 0 ? 0 : totals.filter((ms) => ms < cutoffMs).length / records.length,
    perSecond: lastMs === 0 ? 0 : (answered.length * 1000) / lastMs,
    latency: {
      total: percentiles(totals),
      queue: part(({ queueMs }) => queueMs),
      gateway: part(({ gatewayMs }) => gatewayMs),
      wire: part(({ wireMs }) => wireMs),
      mcu: part(({ mcuMs }) => mcuMs),
    },
    histogram: histogramOf(totals),
  };
}

function errorsOf(records: readonly RequestRecord[]): (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { outcome } of records) if (outcome !== "ok") counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one);
}

/** The smallest values that these shares of all values do not exceed. */
export function percentiles(values: readonly number[]): Percentiles | undefined {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((one, other) => one - other);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), "p99.9": at(0.999), max: at(1) };
}

/** Bars of equal width on a logarithmic scale: latencies spread over orders of magnitude. */
export function histogramOf(values: readonly number[]): Bar[] {
  if (values.length === 0) return [];
  const low = Math.max(0.01, Math.min(...values));
  const high = Math.max(...values, low * 1.01);
  const step = Math.log(high / low) / barCount;
  const edge = (index: number) => low * Math.exp(step * index);
  const counts = new Array<number>(barCount).fill(0);
  for (const value of values) {
    const index = Math.min(barCount - 1, Math.max(0, Math.floor(Math.log(Math.max(value, low) / low) / step)));
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts.map((count, index) => ({ fromMs: edge(index), toMs: edge(index + 1), count }));
}
