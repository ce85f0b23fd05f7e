import type { Instant } from "../../src/core/instant.ts";

/** The line protocol asks for it: half a line is dropped after so long without a byte, and what follows up to its end. */
const silenceMs = 500;

/** Where a model MCU's lines begin and end: it goes on with the half line that it holds, over an unplug too. */
export class McuInput {
  #half = "";
  #isTorn = false;
  #lastByteAt: Instant = 0;

  /** Takes bytes that came from `from` to `now`; gives the lines that they end. */
  take(bytes: Buffer, from: Instant, now: Instant, dropsHalfLines: boolean): string[] {
    if (bytes.length === 0) return [];
    if (dropsHalfLines && this.#half !== "" && from - this.#lastByteAt > silenceMs) this.#isTorn = true;
    this.#lastByteAt = now;
    const lines = (this.#half + bytes.toString("latin1")).split("\n");
    this.#half = lines.pop() ?? "";
    if (this.#isTorn && lines.length > 0) {
      lines.shift();
      this.#isTorn = false;
    }
    return lines.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
  }

  /** It does not listen. */
  forget(): void {
    this.#half = "";
    this.#isTorn = false;
  }

  /** It restarts. `dropsRest`: it takes nothing for a line of what follows a half one up to its end. */
  restart(dropsRest: boolean): void {
    this.#isTorn = dropsRest && this.#half !== "";
    this.#half = "";
  }
}
