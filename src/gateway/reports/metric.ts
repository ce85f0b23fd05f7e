/**
 * The values that a label can have: the boards' names, with an empty one for what is no board's where that can be; a closed
 * list; or what only a running gateway knows.
 */
export type LabelValues = "boards" | "boards_or_none" | "open" | readonly string[];

/** A metric as Prometheus is told of it. Units are Prometheus' base units. */
export type Metric = {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelValues>>;
} & ({ readonly kind: "counter" | "gauge" } | { readonly kind: "histogram"; readonly buckets: readonly number[] });

/** The keys of the metrics of one kind. */
export type KeyOf<Metrics extends Readonly<Record<string, Metric>>, Kind extends Metric["kind"]> = {
  readonly [Key in keyof Metrics]: Metrics[Key] extends { readonly kind: Kind } ? Key : never;
}[keyof Metrics];
