/** The load: how many requests, how fast, and how large. */
export interface LoadPlan {
  /** Total number of requests; undefined: as many as fit into `durationMs`. */
  readonly requests: number | undefined;
  readonly durationMs: number | undefined;
  /**
   * `rate`: a fixed number per second, answered or not, like independent callers. `concurrency`: a fixed number at a time;
   * the next one starts when one has ended.
   */
  readonly pace:
    | { readonly kind: "rate"; readonly perSecond: number }
    | { readonly kind: "concurrency"; readonly open: number };
  /**
   * The payloads' sizes in bytes, taken in turn; the plain command is the smallest payload. If empty, the load pass takes
   * `usualSizeBytes`, or the plain command if the board refuses it when words follow it.
   */
  readonly sizesBytes: readonly number[];
  /** The harmless command at the start of every payload. */
  readonly plain: string;
}

/** Room for a command and its number. */
export const usualSizeBytes = 16;

/** processIDs repeat after 65 536 calls: up to this many requests are unambiguous, and a report of them still opens. */
export const requestsMax = 50_000;

/** The payload of a request: the plain command, a number that makes it unique, and padding up to its size. */
export function payloadOf({ plain, sizesBytes }: LoadPlan, index: number): string {
  const size = sizesBytes[index % sizesBytes.length] ?? 0;
  const numbered = `${plain} ${index}`;
  if (size < numbered.length) return plain;
  return numbered.length + 1 >= size ? numbered : `${numbered} `.padEnd(size, "x");
}
