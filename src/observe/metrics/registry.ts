import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { LabelValues, Metric } from "../../gateway/reports/metric.ts";
import { type CounterKey, catalogue, type GaugeKey, type HistogramKey, type MetricKey } from "./catalogue.ts";

/** The label values of one sample. */
export type Labels = Readonly<Record<string, string>>;

/** prom-client's instruments of the catalogue, each by its key. */
export class MetricRegistry {
  readonly #registry = new Registry();
  readonly #counters = new Map<MetricKey, Counter>();
  readonly #gauges = new Map<MetricKey, Gauge>();
  readonly #histograms = new Map<MetricKey, Histogram>();

  constructor() {
    for (const key of Object.keys(catalogue) as MetricKey[]) this.#add(key, catalogue[key]);
  }

  counter(key: CounterKey): Counter {
    return found(this.#counters.get(key));
  }

  gauge(key: GaugeKey): Gauge {
    return found(this.#gauges.get(key));
  }

  histogram(key: HistogramKey): Histogram {
    return found(this.#histograms.get(key));
  }

  /**
   * A rate needs a 0 to begin with: of what has happened once only, Prometheus would see no increase. So every counter and
   * histogram begins with 0 for each value of its closed labels.
   *
   * @param board whose; undefined for what belongs to no board
   */
  startAtZero(board: string | undefined): void {
    for (const [key, counter] of this.#counters)
      for (const labels of seriesOf(catalogue[key].labels, board)) counter.inc({ ...labels }, 0);
    for (const [key, histogram] of this.#histograms)
      for (const labels of seriesOf(catalogue[key].labels, board)) histogram.zero({ ...labels });
  }

  /** Removes every series of a board: one that nothing moves any more would look like a board that is well and idle. */
  forget(board: string): void {
    for (const metrics of [this.#counters, this.#gauges, this.#histograms])
      for (const [key, metric] of metrics)
        for (const labels of seriesOf(catalogue[key].labels, board)) metric.remove({ ...labels });
  }

  /** The text that Prometheus reads. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Its media type. */
  get contentType(): string {
    return this.#registry.contentType;
  }

  #add(key: MetricKey, metric: Metric): void {
    const { name, help } = metric;
    const options = { name, help, labelNames: Object.keys(metric.labels), registers: [this.#registry] };
    switch (metric.kind) {
      case "counter":
        this.#counters.set(key, new Counter(options));
        break;
      case "gauge":
        this.#gauges.set(key, new Gauge(options));
        break;
      case "histogram":
        this.#histograms.set(key, new Histogram({ ...options, buckets: [...metric.buckets] }));
        break;
      default:
        metric satisfies never;
    }
  }
}

/**
 * Every combination of the values that the labels of a board's series can have, or those of no board; none where one of them is
 * open.
 */
export function seriesOf(labels: Readonly<Record<string, LabelValues>>, board: string | undefined): readonly Labels[] {
  if (board !== undefined && !("board" in labels)) return [];
  return Object.entries(labels).reduce<readonly Labels[]>(
    (all, [name, values]) => all.flatMap((one) => valuesOf(values, board).map((value) => ({ ...one, [name]: value }))),
    [{}],
  );
}

function valuesOf(values: LabelValues, board: string | undefined): readonly string[] {
  switch (values) {
    case "boards":
      return board === undefined ? [] : [board];
    case "boards_or_none":
      return [board ?? ""];
    case "open":
      return [];
    default:
      return values;
  }
}

/** The type of its key says that there is one. */
function found<Instrument>(instrument: Instrument | undefined): Instrument {
  if (instrument === undefined) throw new Error("a metric of another kind");
  return instrument;
}
