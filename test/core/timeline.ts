import type { Instant } from "../../src/core/instant.ts";

interface Foreseen {
  readonly at: Instant;
  readonly run: () => void;
}

/** The time in a world, and what is to come there; at the same time, in the order in which it was foreseen. */
export class Timeline {
  now: Instant = 0;
  /** The next one last. */
  readonly #foreseen: Foreseen[] = [];

  at(at: Instant, run: () => void): void {
    let low = 0;
    for (let high = this.#foreseen.length; low < high; ) {
      const middle = (low + high) >> 1;
      if ((this.#foreseen[middle]?.at ?? 0) > at) low = middle + 1;
      else high = middle;
    }
    this.#foreseen.splice(low, 0, { at, run });
  }

  after(ms: number, run: () => void): void {
    this.at(this.now + ms, run);
  }

  /** When the next one is due; never, where there is none. */
  get nextAt(): Instant {
    return this.#foreseen.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Lets the time come of what is next. */
  takeNext(): void {
    const next = this.#foreseen.pop();
    if (next === undefined) return;
    this.now = Math.max(next.at, this.now);
    next.run();
  }
}
