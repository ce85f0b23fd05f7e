import type { CounterKey, GaugeKey, HistogramKey } from "./metrics.ts";

/** Takes what the reports of one board, or of no board, add to the metrics. */
export interface Meter {
  /** @param label the value of the metric's label beside `board`, where it has one */
  count(metric: CounterKey, label?: string, by?: number): void;
  set(metric: GaugeKey, value: number): void;
  observe(metric: HistogramKey, value: number): void;
}
