import type { Instant } from "../core/instant.ts";
import type { Reason } from "../core/outcome.ts";
import type { Report } from "../core/report.ts";
import { LastHour } from "./last-hour.ts";
import { Latencies } from "./latencies.ts";
import { entryOf } from "./reports/catalogue.ts";
import type { Meter } from "./reports/meter.ts";
import type { CounterKey } from "./reports/metrics.ts";

/** What has happened to one board since the start. */
export class Counts implements Meter {
  /** How long the MCU's replies took. */
  readonly latencies = new Latencies();
  /** The hub's requests alone. */
  readonly lastHour = new LastHour();
  /** What its MCU has said of itself last. */
  hello: string | undefined;
  lastError: { readonly reason: Reason; readonly at: Instant } | undefined;
  readonly #sums = new Map<CounterKey, Map<string, number>>();

  add(report: Report, now: Instant): void {
    entryOf(report).measure?.(report, this);
    if (report.kind === "mcu_hello") this.hello = report.text;
    if (report.kind !== "settled" || report.source !== undefined) return;
    this.lastHour.add(report.outcome, now);
    if (report.outcome === "ok") this.latencies.add(report.totalMs);
    else this.lastError = { reason: report.outcome, at: now };
  }

  /** The values of a counter by its label beside `board`; by "" where it has none. */
  of(metric: CounterKey): ReadonlyMap<string, number> {
    return this.#sumsOf(metric);
  }

  count(metric: CounterKey, label = "", by = 1): void {
    const sums = this.#sumsOf(metric);
    sums.set(label, (sums.get(label) ?? 0) + by);
  }

  /** Adds the counters of `others`. */
  merge(others: Counts): void {
    for (const [metric, sums] of others.#sums) for (const [label, sum] of sums) this.count(metric, label, sum);
  }

  /** Only counters are kept: the status asks the board itself how it is. */
  set(): void {}

  /** Histograms are only in the metrics. */
  observe(): void {}

  #sumsOf(metric: CounterKey): Map<string, number> {
    const known = this.#sums.get(metric);
    if (known !== undefined) return known;
    const sums = new Map<string, number>();
    this.#sums.set(metric, sums);
    return sums;
  }
}

/** One line for a person: what was answered, each error and each drop with its count, and restarts of the MCUs. */
export function summaryOf(all: readonly Counts[]): string {
  const sums = new Map<string, number>();
  const add = (metric: CounterKey, nameOf: (label: string) => string) => {
    for (const counts of all)
      for (const [label, count] of counts.of(metric)) sums.set(nameOf(label), (sums.get(nameOf(label)) ?? 0) + count);
  };
  add("requests", (outcome) => outcome);
  add("localRequests", (outcome) => `local ${outcome}`);
  add("dropped", (name) => name);
  add("resent", () => "resent");
  add("restarts", () => "mcu_restarted");
  add("skipped", () => "skipped_bytes");
  const rest = [...sums].filter(([name]) => name !== "ok").map(([name, count]) => `${count} ${name}`);
  return [`${sums.get("ok") ?? 0} ok`, ...rest].join(", ");
}
