import type { Latency } from "./frame.ts";

/** So many that ten of them are slower than the 99th percentile. */
const rememberedMax = 1000;

/** Ends of the buckets, in ms: seven in a tenfold, which a person can tell apart on a phone. Requests take 10 s at most. */
const bucketEndsMs = [
  1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30, 40, 50, 70, 100, 150, 200, 300, 400, 500, 700, 1000, 1500, 2000, 3000, 4000,
  5000, 7000, 10_000,
] as const;

/** How long the latest answers took. */
export class Latencies {
  readonly #ms: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#ms[this.#next] = ms;
    this.#next = (this.#next + 1) % rememberedMax;
  }

  percentiles(): Pick<Latency, "p50Ms" | "p99Ms"> {
    const sorted = this.#sorted();
    if (sorted.length === 0) return {};
    return { p50Ms: rank(sorted, 0.5), p99Ms: rank(sorted, 0.99) };
  }

  figures(): Latency {
    const sorted = this.#sorted();
    const count = sorted.length;
    if (count === 0) return { count, buckets: [] };
    const percentiles = { p50Ms: rank(sorted, 0.5), p90Ms: rank(sorted, 0.9), p99Ms: rank(sorted, 0.99) };
    return { count, buckets: bucketsOf(sorted), ...percentiles, maxMs: rank(sorted, 1) };
  }

  #sorted(): readonly number[] {
    return [...this.#ms].sort((one, other) => one - other);
  }
}

/** What at least this share did not exceed (nearest rank). */
function rank(sorted: readonly number[], share: number): number {
  return sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
}

/** From the first bucket that has some to the last, with those between them. */
function bucketsOf(sorted: readonly number[]): Latency["buckets"] {
  const indexOf = (ms: number) => {
    const index = bucketEndsMs.findIndex((endMs) => ms <= endMs);
    return index < 0 ? bucketEndsMs.length - 1 : index;
  };
  const counts = bucketEndsMs.map(() => 0);
  for (const ms of sorted) counts[indexOf(ms)] = (counts[indexOf(ms)] ?? 0) + 1;
  const first = counts.findIndex((count) => count > 0);
  const last = counts.length - 1 - [...counts].reverse().findIndex((count) => count > 0);
  return bucketEndsMs.map((toMs, index) => ({ toMs, count: counts[index] ?? 0 })).slice(first, last + 1);
}
