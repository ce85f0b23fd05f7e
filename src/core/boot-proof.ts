import type { Instant } from "./instant.ts";

/** An alarm is seldom later than that. An MCU that restarts within it can still do a command twice. */
const proofMs = 50;

/**
 * The proof that the MCU is still the one that a command was written to: a hello, just now, that tells of no restart.
 * Nothing is sent again without it. An MCU that has restarted has forgotten the command, and the hello that it said then
 * may have been lost, or not have been read yet.
 */
export class BootProof {
  #holdsUntil: Instant = Number.NEGATIVE_INFINITY;
  #askAt: Instant = Number.NEGATIVE_INFINITY;

  /** A hello has come, and the MCU has not restarted. */
  given(now: Instant): void {
    this.#holdsUntil = now + proofMs;
    this.#askAt = Number.NEGATIVE_INFINITY;
  }

  holds(now: Instant): boolean {
    return now <= this.#holdsUntil;
  }

  /** It is asked for now; not again before `answerMs` have passed without it. */
  asked(now: Instant, answerMs: number): void {
    this.#askAt = now + answerMs;
  }

  /** When it may be asked for; in the past where it was not. */
  get askAt(): Instant {
    return this.#askAt;
  }
}
