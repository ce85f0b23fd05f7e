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
  /** What is read now is later than it can be. */
  #isOverdue = false;
  #heard: readonly string[] = [];

  constructor(quietMs: number | undefined) {
    this.#quietMs = quietMs;
  }

  settled(number: string, now: Instant): void {
    if (this.#quietMs !== undefined) this.#settledAt.set(number, now);
  }

  /** A line is read that names these requests, while a command is in flight or not. */
  heard(numbers: readonly string[], isInFlight: boolean, now: Instant): void {
    const quietMs = this.#quietMs ?? Number.POSITIVE_INFINITY;
    this.#heard = numbers;
    this.#isOverdue = numbers.some((number) => now - (this.#settledAt.get(number) ?? now) > quietMs);
    this.isLost ||= this.#isOverdue && isInFlight;
  }

  /**
   * An answer was left over.
   * @param owed the requests of the command that it is taken for; where it is another's, that one's is to come yet.
   */
  leftOver(owed: readonly string[] | undefined): void {
    const isAnothers = owed !== undefined && !this.#heard.some((number) => owed.includes(number));
    this.isLost = isAnothers && (this.isLost || this.#isOverdue);
  }

  /** The MCU has restarted, or a command was given its own answer. */
  found(): void {
    this.isLost = false;
  }
}
