/** How bytes pass along a line. */
export interface PaceShape {
  /** Time of one byte; 0: none. At 8N1 it is 10 000 / baud rate. */
  readonly byteMs: number;
  /** This many come out together, as from a UART's FIFO; undefined: each byte alone. */
  readonly pieceBytes?: number;
  /** The first byte after a pause waits this long, and what follows it meanwhile goes with it. */
  readonly holdMs: number;
}

/**
 * Bytes on their way along a line. Pure: the time is an argument (ms, monotonic). Bytes are strings with one character
 * for each.
 */
export interface Pace {
  push(bytes: string, now: number): void;
  /** What has passed and was not taken yet: whole pieces, or everything at the end of a burst. */
  take(now: number): string;
  /**
   * When to take next: at the end of a piece; if bytes pass alone, at the end of a line, so that not every byte wakes
   * somebody. Undefined on an empty line.
   */
  nextAt(): number | undefined;
  /** Whether the next piece is the last of its burst. */
  nextIsLast(): boolean;
  /** What is still on its way continues in the new shape. */
  reshape(shape: PaceShape, now: number): void;
  /** What is on its way is lost; returns the number of bytes. */
  clear(): number;
}

// The times of bytes are multiples of byteMs, up to rounding.
const roundingBytes = 1e-3;

export function createPace(initial: PaceShape): Pace {
  let shape = initial;
  let queued = "";
  /** When the last queued byte has passed. There is no pause before that, so every byte's time follows from it. */
  let emptyAt = Number.NEGATIVE_INFINITY;

  function passed(now: number): number {
    if (now >= emptyAt) return queued.length;
    if (shape.byteMs === 0) return 0;
    const count = Math.max(0, queued.length - Math.ceil((emptyAt - now) / shape.byteMs - roundingBytes));
    return count < queued.length ? count - (count % (shape.pieceBytes ?? 1)) : count;
  }

  function nextPiece(): number {
    const end = queued.indexOf("\n") + 1;
    return Math.min(queued.length, shape.pieceBytes ?? (end || queued.length));
  }

  return {
    push(bytes, now) {
      if (bytes === "") return;
      emptyAt = Math.max(emptyAt, queued === "" ? now + shape.holdMs : now) + bytes.length * shape.byteMs;
      queued += bytes;
    },
    take(now) {
      const count = passed(now);
      const taken = queued.slice(0, count);
      queued = queued.slice(count);
      return taken;
    },
    nextAt: () => (queued === "" ? undefined : emptyAt - (queued.length - nextPiece()) * shape.byteMs),
    nextIsLast: () => nextPiece() === queued.length,
    reshape(next, now) {
      shape = next;
      if (queued !== "") emptyAt = now + queued.length * shape.byteMs;
    },
    clear() {
      const lost = queued.length;
      queued = "";
      emptyAt = Number.NEGATIVE_INFINITY;
      return lost;
    },
  };
}
