/** Whether the results of operations come: the one subscription that all sub-devices of a session share. Pure. */

import type { Instant } from "../core/instant.ts";
import { answerWithinMs, waitMs } from "./sub-device.ts";

export class ResultSubscription {
  #isGranted = false;
  /** When the SUBACK that is awaited counts as missing. */
  #until: Instant | undefined;
  #retryAt: Instant = Number.NEGATIVE_INFINITY;
  #failures = 0;

  get isGranted(): boolean {
    return this.#isGranted;
  }

  /** When there is something to do; undefined where there is nothing. */
  get wakeAt(): Instant | undefined {
    return this.#isGranted ? undefined : (this.#until ?? this.#retryAt);
  }

  /** @returns whether it is to be asked for, which counts as done */
  begin(now: Instant): boolean {
    if (this.#isGranted || this.#until !== undefined || now < this.#retryAt) return false;
    this.#until = now + answerWithinMs;
    return true;
  }

  granted(): void {
    this.#isGranted = true;
    this.#until = undefined;
    this.#failures = 0;
  }

  /** @returns whether that is news: not where it comes late and it was granted since */
  refused(now: Instant): boolean {
    if (this.#isGranted) return false;
    this.#fail("refused", now);
    return true;
  }

  /** @returns whether the answer is missing by now */
  expire(now: Instant): boolean {
    if (this.#until === undefined || now < this.#until) return false;
    this.#fail("unanswered", now);
    return true;
  }

  #fail(cause: Parameters<typeof waitMs>[0], now: Instant): void {
    this.#until = undefined;
    this.#failures += 1;
    this.#retryAt = now + waitMs(cause, this.#failures);
  }
}
