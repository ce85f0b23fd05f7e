/** Before the first measurement, and the bounds of what a measurement may yield. */
const silenceStartMs = 500;
/** A USB serial adapter delivers every 1 to 16 ms, and Node's timers are up to 9 ms late: below this all is noise. */
const silenceMinMs = 60;
const silenceMaxMs = 2000;

/**
 * How long the MCU may be silent before its line counts as lost: the smoothed round trip and four times its
 * variation, as TCP does it (RFC 6298). Commands that were sent twice are no measure of it (Karn's rule).
 */
export class RoundTrip {
  #smoothedMs: number | undefined;
  #variationMs = 0;

  /** 0 before the first measurement. */
  get smoothedMs(): number {
    return this.#smoothedMs ?? 0;
  }

  measured(roundTripMs: number): void {
    if (this.#smoothedMs === undefined) {
      this.#smoothedMs = roundTripMs;
      this.#variationMs = roundTripMs / 2;
      return;
    }
    this.#variationMs += (Math.abs(this.#smoothedMs - roundTripMs) - this.#variationMs) / 4;
    this.#smoothedMs += (roundTripMs - this.#smoothedMs) / 8;
  }

  /** @param attempt 1 for the first time that a command was sent; the wait doubles with each. */
  silenceMs(attempt: number): number {
    const baseMs = this.#smoothedMs === undefined ? silenceStartMs : this.#smoothedMs + 4 * this.#variationMs;
    return Math.min(Math.max(baseMs, silenceMinMs) * 2 ** (attempt - 1), silenceMaxMs);
  }
}
