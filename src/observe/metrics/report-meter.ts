import type { Meter } from "../../gateway/reports/meter.ts";
import type { Metric } from "../../gateway/reports/metric.ts";
import { type CounterKey, type GaugeKey, type HistogramKey, reportMetrics } from "../../gateway/reports/metrics.ts";
import type { Labels, MetricRegistry } from "./registry.ts";

/** The metrics of one board's reports; `board` is empty for reports that belong to no board. */
export class ReportMeter implements Meter {
  readonly #registry: MetricRegistry;
  readonly #board: string;
  readonly #labels: Labels;

  constructor(registry: MetricRegistry, board: string | undefined) {
    this.#registry = registry;
    this.#board = board ?? "";
    this.#labels = { board: this.#board };
  }

  count(metric: CounterKey, label?: string, by = 1): void {
    const name = ownLabels.get(metric);
    const labels = name === undefined || label === undefined ? this.#labels : { board: this.#board, [name]: label };
    this.#registry.counter(metric).inc(labels, by);
  }

  set(metric: GaugeKey, value: number): void {
    this.#registry.gauge(metric).set(this.#labels, value);
  }

  observe(metric: HistogramKey, value: number): void {
    this.#registry.histogram(metric).observe(this.#labels, value);
  }
}

/** The label beside `board`, of the metrics that have one. */
const ownLabels: ReadonlyMap<string, string> = new Map(
  Object.entries<Metric>(reportMetrics).flatMap(([key, { labels }]) =>
    Object.keys(labels)
      .filter((label) => label !== "board")
      .map((label) => [key, label] as const),
  ),
);
