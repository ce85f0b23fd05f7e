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

/** @param isAtOnce only unanswered probes speak against the MCU, and it may know none. */
export function firstTrial(isAtOnce: boolean, now: Instant): Trials {
  return { nextAt: isAtOnce ? now : now + firstMs, count: 0 };
}

/** The commands tried so far were for another MCU, or had another form: the next is tried no later than a first one. */
export function soonTrial({ nextAt }: Trials, now: Instant): Trials {
  return { nextAt: Math.min(nextAt, now + firstMs), count: 0 };
}

/** One is on its way. */
export function nextTrial({ count }: Trials, now: Instant): Trials {
  return { nextAt: now + Math.min(firstMs * 2 ** count, maxMs), count: count + 1 };
}

/**
 * One went unanswered by an MCU that can show only by a reply that it is there: the intervals do not grow, but a lone caller
 * does not have to wait out its deadline on each call.
 */
export function trialAfterUnanswered({ count }: Trials, now: Instant): Trials {
  return { nextAt: now + firstMs, count };
}
