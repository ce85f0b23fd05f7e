/** One of several that are the same, and the first of them. */
export interface Repeated<T> {
  readonly first: T;
  readonly again: T;
}

/** Every value whose key an earlier one has already, in order. */
export function repeated<T>(values: readonly T[], keyOf: (value: T) => string): readonly Repeated<T>[] {
  const seen = new Map<string, T>();
  return values.flatMap((again) => {
    const first = seen.get(keyOf(again));
    if (first !== undefined) return [{ first, again }];
    seen.set(keyOf(again), again);
    return [];
  });
}
