import { ReadlineParser } from "@serialport/parser-readline";

/** What the bytes of one opening turn out to be. */
export type LineReaderEvent =
  /** A whole line without its LF and without one CR before it; never empty. The buffer is the receiver's own. */
  | { readonly kind: "line"; readonly bytes: Buffer }
  /** A line over the limit, dropped whole: its first bytes (it may name a processID) and its length, LF included. */
  | { readonly kind: "overlong"; readonly head: Buffer; readonly byteCount: number }
  /** Bytes that belong to no whole line: before the first LF after opening, or after the last one when it ended. */
  | { readonly kind: "discarded"; readonly byteCount: number };

/** Bytes in, lines out; one for each opening of the port, so that half a line never meets the next opening's first. */
export interface LineReader {
  /** Takes the next bytes, split anywhere; they are copied, the caller may use the buffer again. */
  push(bytes: Buffer): void;
  /** We are about to write. If nothing has come in yet, what comes now is an answer: its first line is a whole one. */
  beforeWrite(): void;
  /** No more bytes will come: accounts for the torn end. */
  end(): void;
}

const LF = 0x0a;
const CR = 0x0d;
const lineEnd = Buffer.of(LF);

/** Enough to hold the sigil, the longest processID (32 bytes) and the start of the payload for a log line. */
const headBytesMax = 64;

/**
 * A bound in front of ReadlineParser, which has none: 4 MB without LF cost it 31 s of CPU. Here it never holds more
 * than `lineBytesMax` bytes, so joining them stays linear in what arrives; the same flood takes some 10 ms.
 *
 * @param lineBytesMax the longest line that is taken, in bytes as they are on the wire, LF included
 * @param emit called within `push` and `end`, in the order of the bytes
 */
export function createLineReader(lineBytesMax: number, emit: (event: LineReaderEvent) => void): LineReader {
  // latin1 is one character a byte: with utf8 a torn character swallows the line end behind it.
  const parser = new ReadlineParser({ delimiter: lineEnd, encoding: "latin1" });
  let inFirstLine = true;
  let lineBytes = 0;
  let overlongHead: Buffer | undefined;

  /** Gives the parser bytes whose one LF is their last, and takes the line that this completes. */
  function completeLine(bytes: Buffer): Buffer {
    parser.write(bytes);
    const line: string | null = parser.read();
    return Buffer.from(line ?? "", "latin1");
  }

  function cutHead(lastBytes: Buffer): Buffer {
    const line = completeLine(Buffer.concat([lastBytes, lineEnd]));
    return Buffer.from(line.subarray(0, headBytesMax));
  }

  function emitLine(line: Buffer): void {
    const bytes = line.at(-1) === CR ? line.subarray(0, -1) : line;
    if (bytes.length > 0) emit({ kind: "line", bytes });
  }

  /** Takes bytes with at most one LF, at their end. */
  function take(part: Buffer): void {
    const room = lineBytesMax - lineBytes;
    const isEnded = part[part.length - 1] === LF;
    lineBytes += part.length;
    if (inFirstLine) {
      if (!isEnded) return;
      if (lineBytes > 1) emit({ kind: "discarded", byteCount: lineBytes });
      inFirstLine = false;
    } else if (overlongHead === undefined && part.length <= room) {
      if (!isEnded) {
        parser.write(part);
        return;
      }
      // Bare line ends are not worth a write and a read each: a flood of them costs a tenth.
      if (lineBytes > 1) emitLine(completeLine(part));
    } else {
      // Cutting the line short with an LF of our own empties the parser; from here on bytes are only counted.
      overlongHead ??= cutHead(part.subarray(0, room));
      if (!isEnded) return;
      emit({ kind: "overlong", head: overlongHead, byteCount: lineBytes });
      overlongHead = undefined;
    }
    lineBytes = 0;
  }

  return {
    push(bytes) {
      let start = 0;
      while (start < bytes.length) {
        const lf = bytes.indexOf(LF, start);
        const end = lf === -1 ? bytes.length : lf + 1;
        take(bytes.subarray(start, end));
        start = end;
      }
    },
    beforeWrite() {
      if (lineBytes === 0) inFirstLine = false;
    },
    end() {
      if (lineBytes > 0) emit({ kind: "discarded", byteCount: lineBytes });
      lineBytes = 0;
    },
  };
}
