import type { Firmware } from "./options.ts";

/** What the firmware's main loop reads: a line without its end, or why a line was dropped. */
export type Reading =
  | { readonly kind: "line"; readonly line: string }
  | { readonly kind: "overlong" }
  /** Half a second passed within it. */
  | { readonly kind: "torn" };

/** A half line is dropped after this time without a byte (line protocol, "Half lines"). */
export const silenceMs = 500;

/** Marks the silence in a half line. It is not a byte: those end at 0xFF. */
const tear = "\u0100";

/**
 * The receiving side of the MCU's UART: an interrupt puts bytes into a buffer of fixed size, and the main loop takes them
 * out and gathers them into lines. Pure; bytes are strings with one character for each.
 */
export interface Receiver {
  /**
   * Bytes arrive at `now` (ms). The main loop takes each at once while it reads; otherwise they wait in the buffer. Returns
   * how many had no room there and are lost.
   */
  arrive(bytes: string, mainLoopReads: boolean, now: number): number;
  /** The main loop reads up to a line end; undefined if there is none yet. */
  read(): Reading | undefined;
  /** A restart: buffer and half line are lost. */
  clear(): void;
}

/** @param bufferBytesMax limit of what the main loop has not read yet */
export function createReceiver(
  bufferBytesMax: number,
  { lineBytes, keepsHalfLines }: Pick<Firmware, "lineBytes" | "keepsHalfLines">,
): Receiver {
  let waiting = "";
  let lastByteAt = 0;
  let half = "";
  let overlong = false;

  function gather(piece: string): void {
    overlong ||= half.length + piece.length > lineBytes;
    half = overlong ? "" : half + piece;
  }

  /** Whether a half line is waiting that is not marked yet. */
  function holdsHalfLine(): boolean {
    const line = waiting === "" ? half : waiting.slice(waiting.lastIndexOf("\n") + 1);
    return line !== "" && !line.endsWith(tear);
  }

  return {
    arrive(bytes, mainLoopReads, now) {
      if (!keepsHalfLines && now - lastByteAt >= silenceMs && holdsHalfLine()) waiting += tear;
      lastByteAt = now;
      const kept = mainLoopReads ? bytes : bytes.slice(0, Math.max(0, bufferBytesMax - waiting.length));
      waiting += kept;
      return bytes.length - kept.length;
    },
    read() {
      const end = waiting.indexOf("\n");
      gather(end < 0 ? waiting : waiting.slice(0, end + 1));
      waiting = end < 0 ? "" : waiting.slice(end + 1);
      if (end < 0) return undefined;
      const reading: Reading = overlong ? { kind: "overlong" } : readingOf(half);
      half = "";
      overlong = false;
      return reading;
    },
    clear() {
      waiting = "";
      half = "";
      overlong = false;
    },
  };
}

function readingOf(line: string): Reading {
  if (line.includes(tear)) return { kind: "torn" };
  return { kind: "line", line: line.slice(0, line.endsWith("\r\n") ? -2 : -1) };
}
