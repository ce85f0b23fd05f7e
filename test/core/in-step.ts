import type { Instant } from "../../src/core/instant.ts";

/**
 * Where answers have no ids: whether the answer that comes next is the next command's. One that comes later than the
 * configuration says that it can is given to the next command, and nobody can see that; what can be seen is that an answer
 * is left over. Until then each command may be given the answer before its own.
 */
export class InStep {
  /** How late an answer can be, once its command is given up; undefined where answers have ids. */
  readonly #quietMs: number | undefined;
  /** When a command was settled, by the number of its request. */
  readonly #settledAt = new Map<string, Instant>();
  isLost = false;

  constructor(quietMs: number | undefined) {
    this.#quietMs = quietMs;
  }

  settled(number: string, now: Instant): void {
    if (this.#quietMs !== undefined) this.#settledAt.set(number, now);
  }

  /** An answer is read, or a line of one, to the requests with these numbers, while a command is in flight or not. */
  heard(numbers: readonly string[], isInFlight: boolean, now: Instant): void {
    if (this.#quietMs === undefined || !isInFlight) return;
    for (const number of numbers) {
      const settledAt = this.#settledAt.get(number);
      if (settledAt !== undefined && now - settledAt > this.#quietMs) this.isLost = true;
    }
  }

  /** An answer was left over, the MCU has restarted, or a command was given its own. */
  found(): void {
    this.isLost = false;
  }
}
