/** What a sampler has seen since its last look. */
export interface Sample {
  /** How much later than asked for the sampler itself woke up. */
  readonly lateMs: number;
  /** For each process, how long it has waited for a processor in all its life. */
  readonly waitedMs: ReadonlyMap<number, number>;
}

/** Half a second: what a deadline leaves until the cutoff. */
const samplesMax = 20;

/** Adds up what was waited in the last half second: by the sampler, and by each process. */
export class WaitWindow {
  readonly #waits: (readonly number[])[] = [];
  #lastMs: ReadonlyMap<number, number> = new Map();
  readonly #pids: number[] = [];

  /** The longest of those sums, in ms. */
  add({ lateMs, waitedMs }: Sample): number {
    for (const pid of waitedMs.keys()) if (!this.#pids.includes(pid)) this.#pids.push(pid);
    const sinceLast = this.#pids.map((pid) => {
      const nowMs = waitedMs.get(pid);
      return nowMs === undefined ? 0 : nowMs - (this.#lastMs.get(pid) ?? nowMs);
    });
    this.#lastMs = waitedMs;
    this.#waits.push([Math.max(0, lateMs), ...sinceLast]);
    if (this.#waits.length > samplesMax) this.#waits.shift();
    const sums = [0, ...this.#pids].map((_, index) => this.#waits.reduce((sum, waits) => sum + (waits[index] ?? 0), 0));
    return Math.max(...sums);
  }
}
