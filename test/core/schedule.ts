import type { Instant } from "../../src/core/instant.ts";

interface Foreseen {
  readonly at: Instant;
  readonly run: () => void;
}

/** What is to come in a world, each at its time; at the same time, in the order in which it was foreseen. */
export class Schedule {
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

  /** When the next one is due; never, where there is none. */
  get nextAt(): Instant {
    return this.#foreseen.at(-1)?.at ?? Number.POSITIVE_INFINITY;
  }

  take(): (() => void) | undefined {
    return this.#foreseen.pop()?.run;
  }
}
