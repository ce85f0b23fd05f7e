import type { Instant } from "../core/instant.ts";

const minuteMs = 60_000;

/** The hour is these whole minutes and the one that goes on: an answer of 59 to 60 minutes. */
const minutesMax = 60;

interface Minute {
  readonly number: number;
  readonly counts: Map<string, number>;
}

/** How many requests ended how in the last hour: what somebody who looks at a board wants to know first. */
export class LastHour {
  /** Those in which something was counted, the latest last. */
  readonly #minutes: Minute[] = [];

  add(outcome: string, now: Instant): void {
    const number = Math.floor(now / minuteMs);
    let minute = this.#minutes.at(-1);
    if (minute?.number !== number) {
      minute = { number, counts: new Map() };
      this.#minutes.push(minute);
      this.#forgetBefore(number);
    }
    minute.counts.set(outcome, (minute.counts.get(outcome) ?? 0) + 1);
  }

  /** By outcome. */
  counts(now: Instant): ReadonlyMap<string, number> {
    this.#forgetBefore(Math.floor(now / minuteMs));
    const sums = new Map<string, number>();
    for (const { counts } of this.#minutes)
      for (const [outcome, count] of counts) sums.set(outcome, (sums.get(outcome) ?? 0) + count);
    return sums;
  }

  #forgetBefore(number: number): void {
    while ((this.#minutes[0]?.number ?? number) <= number - minutesMax) this.#minutes.shift();
  }
}
