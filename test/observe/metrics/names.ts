import type { Metric } from "../../../src/gateway/reports/metric.ts";
import { catalogue } from "../../../src/observe/metrics/catalogue.ts";

export const declared: readonly Metric[] = Object.values(catalogue);

/** The names of series that a declaration makes. */
export function seriesOf({ name, kind }: Metric): string[] {
  return kind === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
}

export const seriesOfAll: ReadonlySet<string> = new Set(declared.flatMap(seriesOf));

/** The gateway's metrics that PromQL names. */
export function metricsIn(promQl: string): string[] {
  return [...promQl.matchAll(/\brrpc_[a-z_]+\b/g)].map(([name]) => name);
}
