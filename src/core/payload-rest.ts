import type { Instant } from "./instant.ts";

/** Firmware prints a payload of several lines in one go; a log line of its own mostly comes later. */
const silenceMs = 100;

/**
 * Lines that may be the rest of a payload whose LFs are not escaped: what comes right behind an answer or an event, until
 * the MCU has been silent, or has said more than any answer has.
 */
export class PayloadRest {
  #until: Instant = Number.NEGATIVE_INFINITY;
  #bytesLeft = 0;

  /** A line with a payload has come, at its end. */
  begin(bytesMax: number, now: Instant): void {
    this.#until = now + silenceMs;
    this.#bytesLeft = bytesMax;
  }

  /** @param wireMs what the line takes on the wire: it began so long ago */
  takes(byteCount: number, wireMs: number, now: Instant): boolean {
    if (this.#bytesLeft <= 0 || now - wireMs > this.#until) return false;
    this.#until = now + silenceMs;
    this.#bytesLeft -= byteCount;
    return true;
  }
}
