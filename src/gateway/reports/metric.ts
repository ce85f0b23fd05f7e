/**
 * The values that a label can have: the boards' names (`boards_or_none`: and an empty one for what belongs to no board), a closed
 * list, or values that only a running gateway knows (`open`).
 */
export type LabelValues = "boards" | "boards_or_none" | "open" | readonly string[];

/** The declaration of a metric. Units are Prometheus' base units: seconds and bytes. */
export type Metric = {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
} & ({ readonly kind: "counter" | "gauge" } | { readonly kind: "histogram"; readonly buckets: readonly number[] });

/** The keys of the metrics of one kind. */
export type KeyOf<Metrics extends Readonly<Record<string, Metric>>, Kind extends Metric["kind"]> = {
  readonly [Key in keyof Metrics]: Metrics[Key] extends { readonly kind: Kind } ? Key : never;
}[keyof Metrics];
