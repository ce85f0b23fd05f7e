import type { Instant } from "./instant.ts";

/** What speaks for and against the MCU: what was heard of it, and what has stayed unanswered in a row, by its kind. */
export class Evidence {
  #probes = 0;
  #commands = 0;
  /** Writes that the port did not take. */
  #writes = 0;
  /** How long all commands that were sent at the last moment have waited, in total. */
  #brieflyMs = 0;
  /** A hello has come since the first of the commands. */
  #helloSinceCommand = false;
  /** It has served a command while probes went unanswered: they are not held against it before it answers one. */
  #ignoresProbes = false;
  #heardAt: Instant = 0;

  get count(): number {
    return this.#probes + this.#commands + this.#writes;
  }

  get probeCount(): number {
    return this.#probes;
  }

  /** When a hello or an answer came last. */
  get heardAt(): Instant {
    return this.#heardAt;
  }

  get ignoresProbes(): boolean {
    return this.#ignoresProbes;
  }

  /** Whether it is commands alone that it leaves unanswered. */
  get answersProbes(): boolean {
    return this.#helloSinceCommand && this.#commands > 0 && this.#probes === 0 && this.#writes === 0;
  }

  /** Whether it may be that it answers commands, and is not at work on one. */
  get isProbesOnly(): boolean {
    return this.#commands === 0 && this.#brieflyMs === 0 && this.#writes === 0;
  }

  unansweredProbe(): void {
    this.#probes += 1;
  }

  unansweredCommand(): void {
    this.#commands += 1;
  }

  /**
   * A command that was sent at the last moment went unanswered: a busy MCU may miss it. Several such commands count as one when
   * together they have waited for `fullMs`.
   * @returns whether they have just done so.
   */
  brieflyUnanswered(waitedMs: number, fullMs: number): boolean {
    this.#brieflyMs += waitedMs;
    if (this.#brieflyMs < fullMs) return false;
    this.#brieflyMs = 0;
    this.#commands += 1;
    return true;
  }

  stalledWrite(): void {
    this.#writes += 1;
  }

  /**
   * A hello answers a probe, and says nothing of commands.
   * @param countMax at most so many commands still count: the MCU is given another chance, and the next command decides.
   */
  hello(countMax: number, now: Instant): void {
    this.#heardAt = now;
    this.#ignoresProbes = false;
    this.#probes = 0;
    this.#writes = 0;
    this.#helloSinceCommand = this.#commands > 0;
    this.#commands = Math.min(this.#commands, countMax);
  }

  /** The MCU has said that it has restarted. */
  restarted(now: Instant): void {
    this.#heardAt = now;
    this.clear();
  }

  /** @param isTrial whether to a command that was tried on an MCU of which nothing is known since it was away */
  reply(isTrial: boolean, now: Instant): void {
    this.#heardAt = now;
    this.clear();
    if (isTrial) this.#ignoresProbes = true;
  }

  /** Nothing counts any more of what has stayed unanswered. */
  clear(): void {
    this.#probes = 0;
    this.#commands = 0;
    this.#brieflyMs = 0;
    this.#writes = 0;
    this.#helloSinceCommand = false;
  }
}
