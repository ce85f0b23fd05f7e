/** How waits between attempts grow. */
export interface Backoff {
  /** The wait after the first failure, in ms. */
  readonly firstMs: number;
  /** No wait is longer, however often it failed. */
  readonly maxMs: number;
}

/**
 * How long to wait before the next attempt: doubled with each failure and spread over its upper half, so that a
 * fleet that lost its hub at one instant does not come back at one instant.
 * @param failures consecutive failed attempts, 0 for none: then there is only the spread of one `firstMs`.
 * @param random from 0 up to 1.
 */
export function backoffMs(failures: number, { firstMs, maxMs }: Backoff, random: number): number {
  if (failures === 0) return firstMs * random;
  const fullMs = Math.min(firstMs * 2 ** (failures - 1), maxMs);
  return fullMs / 2 + (fullMs / 2) * random;
}
