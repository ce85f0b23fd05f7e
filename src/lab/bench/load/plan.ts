/** What is asked of the device: how often, how fast, how much. */
export interface LoadPlan {
  /** Requests in all; undefined: as many as `durationMs` has room for. */
  readonly requests: number | undefined;
  readonly durationMs: number | undefined;
  /**
   * `rate`: so many a second, whatever becomes of them, as callers who do not know of each other do. `concurrency`: the
   * next one when one of so many is answered.
   */
  readonly pace:
    | { readonly kind: "rate"; readonly perSecond: number }
    | { readonly kind: "concurrency"; readonly open: number };
  /**
   * The payloads' sizes in bytes, taken in turn; a size below the plain command's is the plain command. Of none the
   * load pass makes the `usualSizeBytes`, or the plain command where the board refuses it with words behind it.
   */
  readonly sizesBytes: readonly number[];
  /** The harmless command that every payload begins with. */
  readonly plain: string;
}

/** Room for a command and the number that tells it from all others. */
export const usualSizeBytes = 16;

/** processIDs come back after 65 536 calls; so many requests can be told apart, and a page of them still opens. */
export const requestsMax = 50_000;

/** The payload of a request: the plain command, its number so that no two are the same, and filling up to its size. */
export function payloadOf({ plain, sizesBytes }: LoadPlan, index: number): string {
  const size = sizesBytes[index % sizesBytes.length] ?? 0;
  const numbered = `${plain} ${index}`;
  if (size < numbered.length) return plain;
  return numbered.length + 1 >= size ? numbered : `${numbered} `.padEnd(size, "x");
}
