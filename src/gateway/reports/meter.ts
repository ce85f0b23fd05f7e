import type { CounterKey, GaugeKey, HistogramKey } from "./metrics.ts";

/** What counts the reports of one board, or of what is no board's. */
export interface Meter {
  /** @param label the value of the metric's label beside `board`, where it has one */
  count(metric: CounterKey, label?: string, by?: number): void;
  set(metric: GaugeKey, value: number): void;
  observe(metric: HistogramKey, value: number): void;
}
