/** So many that 10 of them are slower than the 99th percentile; so few that they are sorted in no time. */
const rememberedMax = 1000;

/** How long the latest requests took. */
export class Latencies {
  readonly #ms: number[] = [];
  #next = 0;

  add(ms: number): void {
    this.#ms[this.#next] = ms;
    this.#next = (this.#next + 1) % rememberedMax;
  }

  /**
   * What at least 99 of 100 did not exceed (nearest rank); undefined before the first. In one pass: it is asked for of each board at
   * once, and to sort them all took 5 ms for 32.
   */
  p99Ms(): number | undefined {
    const rank = this.#ms.length - Math.ceil(0.99 * this.#ms.length) + 1;
    /** The slowest so far, as many as the rank says, the fastest of them last. */
    const slowest: number[] = [];
    for (const ms of this.#ms) {
      if (slowest.length === rank && ms <= (slowest[rank - 1] ?? 0)) continue;
      const at = slowest.findIndex((one) => one < ms);
      slowest.splice(at === -1 ? slowest.length : at, 0, ms);
      slowest.length = Math.min(slowest.length, rank);
    }
    return slowest[rank - 1];
  }
}
