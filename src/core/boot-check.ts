import type { InFlightCommand } from "./in-flight.ts";
import type { Instant } from "./instant.ts";

/** An alarm is seldom later than that. An MCU that restarts within it can still do a command twice. */
const freshMs = 50;

/**
 * The check that the MCU still remembers a command: a hello, just now, that tells of no restart and answers a probe
 * which was written after the command was. Nothing is sent again without it. An MCU that has restarted has forgotten the
 * command, and the hello that it said then may have been lost, or not have been read yet.
 */
export class BootCheck {
  /** Commands that were last written before this position on the wire have passed it. */
  #before = 0;
  #freshUntil: Instant = Number.NEGATIVE_INFINITY;
  #requestAt: Instant = Number.NEGATIVE_INFINITY;
  /** Requests since the last hello. */
  #requestCount = 0;

  /** A hello has come that tells of no restart; `before` is undefined where it is not known which probe it answers. */
  confirmed(before: number | undefined, now: Instant): void {
    this.#requestAt = Number.NEGATIVE_INFINITY;
    this.#requestCount = 0;
    if (before === undefined) return;
    this.#before = before;
    this.#freshUntil = now + freshMs;
  }

  /** Whether the check of this command was passed just now. */
  isFresh({ handedBytes }: InFlightCommand, now: Instant): boolean {
    return now <= this.#freshUntil && handedBytes < this.#before;
  }

  /** The hello is asked for now. */
  requested(now: Instant, answerMs: number): void {
    this.#requestAt = now + answerMs;
    this.#requestCount += 1;
  }

  /**
   * How often it was asked for since the last hello: an MCU that is busy with a command has little room to store what it does
   * not read yet.
   */
  get requestCount(): number {
    return this.#requestCount;
  }

  /** When it may be asked for again; in the past where it was not. */
  get requestAt(): Instant {
    return this.#requestAt;
  }
}
