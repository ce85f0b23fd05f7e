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

  /** What at least 99 of 100 did not exceed (nearest rank); undefined before the first. */
  p99Ms(): number | undefined {
    return [...this.#ms].sort((a, b) => a - b)[Math.ceil(0.99 * this.#ms.length) - 1];
  }
}
