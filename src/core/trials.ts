import type { Instant } from "./instant.ts";

/** A trial costs its caller the whole deadline: the first soon, for a caller who calls every second. */
const firstMs = 5000;

/** … and none more often than the port is opened anew at last (`recovery.ts`). */
const maxMs = 300_000;

/** Commands that are tried on an MCU that is away: a reply alone shows that it serves them. At growing intervals. */
export interface Trials {
  /** None before. */
  readonly nextAt: Instant;
  readonly count: number;
}

/** @param isAtOnce nothing speaks against the MCU but probes, which it may not know. */
export function firstTrial(isAtOnce: boolean, now: Instant): Trials {
  return { nextAt: isAtOnce ? now : now + firstMs, count: 0 };
}

/** Those before were tried on another MCU, or otherwise: no later than a first one. */
export function soonTrial({ nextAt }: Trials, now: Instant): Trials {
  return { nextAt: Math.min(nextAt, now + firstMs), count: 0 };
}

/** One is on its way. */
export function nextTrial({ count }: Trials, now: Instant): Trials {
  return { nextAt: now + Math.min(firstMs * 2 ** count, maxMs), count: count + 1 };
}

/**
 * One went unanswered by an MCU that can show only by a reply that it is there: the next follows soon and always, but a
 * lone caller is not made to wait for each of its calls.
 */
export function trialAfterUnanswered({ count }: Trials, now: Instant): Trials {
  return { nextAt: now + firstMs, count };
}
