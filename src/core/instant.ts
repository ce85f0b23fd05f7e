/** A point on the monotonic clock, in ms. Only differences mean anything; the wall clock never comes into it. */
export type Instant = number;

/** The earliest of `instants`, undefined where there is none. */
export function earliest(...instants: readonly (Instant | undefined)[]): Instant | undefined {
  let first: Instant | undefined;
  for (const instant of instants)
    if (instant !== undefined && (first === undefined || instant < first)) first = instant;
  return first;
}
