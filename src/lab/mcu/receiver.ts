import type { Firmware } from "./options.ts";

/** What the firmware's main loop finds when it reads: a line without its end, or why one was not kept. */
export type Reading = { readonly line: string } | "overlong" | "torn";

/** So long without a byte, and the half line that is there is dropped (line protocol, "Half lines"). */
export const silenceMs = 500;

/** Stands in a half line for the silence behind it. No byte: those end at 0xFF. */
const tear = "\u0100";

/**
 * The receiving side of the MCU's UART: an interrupt puts bytes into a buffer of fixed size, the main loop takes them
 * out when it comes round and gathers them to lines. Pure; bytes are strings with one character for each.
 */
export interface Receiver {
  /**
   * Bytes arrive at `now` (ms). While the main loop reads it takes each at once; while it is elsewhere they wait in the
   * buffer. Returns how many found no room there and are lost.
   */
  arrive(bytes: string, mainLoopReads: boolean, now: number): number;
  /** The main loop reads up to a line end; undefined when there is none yet. */
  read(): Reading | undefined;
  /** A restart: buffer and half line are gone. */
  clear(): void;
}

/** @param bufferBytesMax of what the main loop has not read yet */
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

  /** Whether the line that comes next begins in the middle, and is not known for it yet. */
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
      const reading = overlong ? "overlong" : readingOf(half);
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
  if (line.includes(tear)) return "torn";
  return { line: line.slice(0, line.endsWith("\r\n") ? -2 : -1) };
}
