import type { Instant } from "../core/instant.ts";

/** Registers, a stack and what a boot loader says: 60 lines of a terminal's width, and room. */
const bytesMax = 8 * 1024;

/** At 9600 baud 8 KiB take 9 s; what is said more than a minute after a restart is not about it. */
const openMs = 60_000;

/** One whole line of the dump. */
export interface CrashLine {
  readonly number: number;
  readonly at: Instant;
  readonly bytes: Buffer;
  /** Whether it may be an answer, so that its contents are shown at level debug only. */
  readonly isHidden: boolean;
}

/**
 * What the MCU has said after its latest restart, in whole lines: the flight recorder's ring keeps only the beginning of each, and
 * good calls push it out. Takes constant memory. A restart after which the MCU says nothing replaces nothing.
 */
export class CrashDump {
  readonly #bytes = Buffer.alloc(bytesMax);
  #lines: (Omit<CrashLine, "bytes"> & { readonly start: number; readonly end: number })[] = [];
  #byteCount = 0;
  /** Until when lines belong to the latest restart; undefined before the first one. */
  #openUntil: Instant | undefined;
  #isFresh = false;

  restarted(at: Instant): void {
    this.#openUntil = at + openMs;
    this.#isFresh = true;
  }

  take({ bytes, at, number, isHidden }: CrashLine): void {
    if (this.#openUntil === undefined || at > this.#openUntil) return;
    if (this.#isFresh) {
      this.#lines = [];
      this.#byteCount = 0;
      this.#isFresh = false;
    }
    const start = this.#byteCount;
    const end = start + bytes.length;
    if (end > bytesMax) {
      // Full: nothing more is kept, because nobody would see the gap.
      this.#openUntil = undefined;
      return;
    }
    bytes.copy(this.#bytes, start);
    this.#lines.push({ number, at, isHidden, start, end });
    this.#byteCount = end;
  }

  lines(): readonly CrashLine[] {
    return this.#lines.map(({ start, end, ...line }) => ({ ...line, bytes: this.#bytes.subarray(start, end) }));
  }
}
