/** What has stayed unanswered in a row, by its kind: a hello answers a probe, and says nothing of commands. */
export class Unanswered {
  #probes = 0;
  #commands = 0;
  /** Writes that the port did not take. */
  #writes = 0;
  /** How long commands together have waited that were sent at the last moment. */
  #brieflyMs = 0;
  /** A hello has come since the first of the commands. */
  #answersProbes = false;

  get count(): number {
    return this.#probes + this.#commands + this.#writes;
  }

  get probeCount(): number {
    return this.#probes;
  }

  /** Whether it is commands alone that it leaves unanswered. */
  get answersProbes(): boolean {
    return this.#answersProbes && this.#commands > 0 && this.#probes === 0 && this.#writes === 0;
  }

  /** Whether it may be that it answers commands, and is not at work on one. */
  get isProbesOnly(): boolean {
    return this.#commands === 0 && this.#brieflyMs === 0 && this.#writes === 0;
  }

  probe(): void {
    this.#probes += 1;
  }

  command(): void {
    this.#commands += 1;
  }

  /**
   * One was sent at the last moment: a busy MCU may miss it. Together they count as one that has waited for `fullMs`.
   * @returns whether they have just done so.
   */
  brieflyCommand(waitedMs: number, fullMs: number): boolean {
    this.#brieflyMs += waitedMs;
    if (this.#brieflyMs < fullMs) return false;
    this.#brieflyMs = 0;
    this.#commands += 1;
    return true;
  }

  write(): void {
    this.#writes += 1;
  }

  /** @param countMax so much is left of the commands at most: it is given another chance, and the next one decides. */
  hello(countMax: number): void {
    this.#probes = 0;
    this.#writes = 0;
    this.#answersProbes = this.#commands > 0;
    this.#commands = Math.min(this.#commands, countMax);
  }

  /** A reply has come, or the MCU has restarted. */
  clear(): void {
    this.#probes = 0;
    this.#commands = 0;
    this.#brieflyMs = 0;
    this.#writes = 0;
    this.#answersProbes = false;
  }
}
