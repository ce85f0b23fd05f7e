/** What the firmware's main loop finds when it reads: a line without its end, or that one was too long to keep. */
export type Reading = { readonly line: string } | "overlong";

/**
 * The receiving side of the MCU's UART: an interrupt puts bytes into a buffer of fixed size, the main loop takes them
 * out when it comes round and gathers them to lines. Pure; bytes are strings with one character for each.
 */
export interface Receiver {
  /**
   * Bytes arrive. While the main loop reads it takes each at once; while it is elsewhere they wait in the buffer.
   * Returns how many found no room there and are lost.
   */
  arrive(bytes: string, mainLoopReads: boolean): number;
  /** The main loop reads up to a line end; undefined when there is none yet. */
  read(): Reading | undefined;
  /** A restart: buffer and half line are gone. */
  clear(): void;
}

/** @param lineBytesMax with LF */
export function createReceiver(bufferBytesMax: number, lineBytesMax: number): Receiver {
  let waiting = "";
  let half = "";
  let overlong = false;

  function gather(piece: string): void {
    overlong ||= half.length + piece.length > lineBytesMax;
    half = overlong ? "" : half + piece;
  }

  return {
    arrive(bytes, mainLoopReads) {
      const kept = mainLoopReads ? bytes : bytes.slice(0, Math.max(0, bufferBytesMax - waiting.length));
      waiting += kept;
      return bytes.length - kept.length;
    },
    read() {
      const end = waiting.indexOf("\n");
      gather(end < 0 ? waiting : waiting.slice(0, end + 1));
      waiting = end < 0 ? "" : waiting.slice(end + 1);
      if (end < 0) return undefined;
      const reading: Reading = overlong ? "overlong" : { line: half.slice(0, half.endsWith("\r\n") ? -2 : -1) };
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
