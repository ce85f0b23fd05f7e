import type { Instant } from "./instant.ts";

/** An alarm is seldom later than that. An MCU that restarts within it can still do a command twice. */
const freshMs = 50;

/**
 * The check that the MCU is still the one that a command was written to: a hello, just now, that tells of no restart.
 * Nothing is sent again without it. An MCU that has restarted has forgotten the command, and the hello that it said then
 * may have been lost, or not have been read yet.
 */
export class BootCheck {
  #freshUntil: Instant = Number.NEGATIVE_INFINITY;
  #requestAt: Instant = Number.NEGATIVE_INFINITY;

  /** A hello has come, and the MCU has not restarted. */
  confirmed(now: Instant): void {
    this.#freshUntil = now + freshMs;
    this.#requestAt = Number.NEGATIVE_INFINITY;
  }

  isFresh(now: Instant): boolean {
    return now <= this.#freshUntil;
  }

  /** The hello is asked for now; not again before `answerMs` have passed without it. */
  requested(now: Instant, answerMs: number): void {
    this.#requestAt = now + answerMs;
  }

  /** When it may be asked for; in the past where it was not. */
  get requestAt(): Instant {
    return this.#requestAt;
  }
}
