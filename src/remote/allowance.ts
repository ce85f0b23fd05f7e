import type { Instant } from "../core/instant.ts";

/** How many orders are carried out: some at once, then one at a time, never more than so many in a minute on average. Pure. */
export class Allowance {
  #perMinuteMax: number;
  /** What is left now, with fractions. */
  #left: number;
  #at: Instant = Number.NEGATIVE_INFINITY;

  constructor(perMinuteMax: number) {
    this.#perMinuteMax = perMinuteMax;
    this.#left = burstOf(perMinuteMax);
  }

  configure(perMinuteMax: number): void {
    this.#perMinuteMax = perMinuteMax;
    this.#left = Math.min(this.#left, burstOf(perMinuteMax));
  }

  /** Takes one, if there is one. */
  take(now: Instant): boolean {
    const regained = ((now - this.#at) / 60_000) * this.#perMinuteMax;
    this.#left = Math.min(this.#left + regained, burstOf(this.#perMinuteMax));
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** At once: what a person sends one after the other who looks for a fault. */
const burstMax = 10;

const burstOf = (perMinuteMax: number) => Math.min(perMinuteMax, burstMax);
