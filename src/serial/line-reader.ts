import { ReadlineParser } from "@serialport/parser-readline";
import type { LineEvent } from "../gateway/boundary.ts";
import type { LineEnd } from "../protocol/framing.ts";

/** Bytes in, lines out; one for each opening of the port, so that half a line never meets the next opening's first. */
export interface LineReader {
  /** Takes the next bytes, split anywhere; they are copied, the caller may use the buffer again. */
  push(bytes: Buffer): void;
  /**
   * We are about to write. If nothing has come in yet but control bytes, what comes now is an answer: its first line is
   * a whole one.
   */
  beforeWrite(): void;
  /** Accounts for the torn end: nothing may be pushed after it. Orderly where it is by our own will. */
  end(isOrderly?: boolean): void;
}

/** In place of the parser's own encoding, utf8: its lines are then bytes. Its type has no word for that. */
const bytesOut: object = { encoding: undefined };

const LF = 0x0a;
const CR = 0x0d;
const space = 0x20;

/** Enough to hold a prompt, colours, the sigil, the longest processID (32 bytes) and the start of the payload. */
const headBytesMax = 160;

/** One may be noise, and boards that are asked who they are say two lines within seconds. */
const otherLineEndsMin = 2;

/** So many printable characters in front of it: noise, as of a wrong baud rate, seldom has even two, twice. */
const textBytesMin = 2;

/**
 * A bound in front of ReadlineParser, which has none: 4 MB without LF cost it 31 s of CPU. Here it never holds more
 * than `lineBytesMax` bytes, so joining them stays linear in what arrives; the same flood takes some 10 ms.
 *
 * It only cuts: what else stands around a line is taken off where the line is read.
 *
 * @param lineBytesMax the longest line that is taken, in bytes as they are on the wire, line end included
 * @param emit called within `push` and `end`, in the order of the bytes
 */
export function createLineReader(
  { lineBytesMax, lineEnd }: { readonly lineBytesMax: number; readonly lineEnd: LineEnd },
  emit: (event: LineEvent) => void,
): LineReader {
  const [endByte, otherEndByte] = lineEnd === "lf" ? [LF, CR] : [CR, LF];
  const delimiter = Buffer.of(endByte);
  // Bytes, not text: with utf8 a torn character swallows the line end behind it, and with latin1 each line is copied once more.
  const parser = new ReadlineParser({ ...bytesOut, delimiter });
  let parsed: Buffer | undefined;
  parser.on("data", (line: Buffer) => {
    parsed = line;
  });
  let inFirstLine = true;
  let lineBytes = 0;
  let hasText = false;
  let overlongHead: Buffer | undefined;
  /** Undefined once it is known which line end it is. */
  let ends: { otherCount: number; byteCount: number; textBytes: number } | undefined = {
    otherCount: 0,
    byteCount: 0,
    textBytes: 0,
  };

  /** Gives the parser bytes whose one line end is their last, and takes the line that this completes. */
  function completeLine(bytes: Buffer): Buffer {
    parsed = undefined;
    parser.write(bytes);
    // The stream keeps the first line back until it is read; an empty line it keeps to itself.
    if (parsed === undefined) parser.read();
    return parsed ?? Buffer.alloc(0);
  }

  function cutHead(lastBytes: Buffer): Buffer {
    const line = completeLine(Buffer.concat([lastBytes, delimiter]));
    return Buffer.from(line.subarray(0, headBytesMax));
  }

  /** Takes bytes with at most one line end, at their end. */
  function take(part: Buffer): void {
    const room = lineBytesMax - lineBytes;
    const isEnded = part[part.length - 1] === endByte;
    lineBytes += part.length;
    if (inFirstLine) {
      hasText ||= part.some(isText);
      if (!isEnded) return;
      if (lineBytes > 1) emit({ kind: "discarded", byteCount: lineBytes });
      inFirstLine = false;
    } else if (overlongHead === undefined && part.length <= room) {
      if (!isEnded) {
        parser.write(part);
        return;
      }
      // Bare line ends are no lines: a flood of them costs nothing. A line that came in one piece needs no joining, which is what the parser is
      // for: half of the time that cutting takes.
      const isWhole = lineBytes === part.length;
      if (lineBytes > 1)
        emit({ kind: "line", bytes: isWhole ? Buffer.from(part.subarray(0, -1)) : completeLine(part) });
    } else {
      // Cutting the line short with a line end of our own empties the parser; from here on bytes are only counted.
      overlongHead ??= cutHead(part.subarray(0, room));
      if (!isEnded) return;
      emit({ kind: "overlong", head: overlongHead, byteCount: lineBytes });
      overlongHead = undefined;
    }
    lineBytes = 0;
  }

  /** Until a line has ended as it should: whether they end otherwise. */
  function watchLineEnds(bytes: Buffer): void {
    for (const byte of bytes) {
      if (ends === undefined) return;
      ends.byteCount += 1;
      const isBehindText = ends.textBytes >= textBytesMin;
      ends.textBytes = isAscii(byte) ? ends.textBytes + 1 : 0;
      if (byte === endByte && (isBehindText || ends.otherCount > 0)) {
        ends = undefined;
      } else if (byte === otherEndByte && isBehindText) {
        ends.otherCount += 1;
        if (ends.otherCount < otherLineEndsMin) continue;
        emit({ kind: "other_line_end", ours: lineEnd, byteCount: ends.byteCount });
        ends = undefined;
      }
    }
  }

  return {
    push(bytes) {
      if (ends !== undefined) watchLineEnds(bytes);
      let start = 0;
      while (start < bytes.length) {
        const lineEndAt = bytes.indexOf(endByte, start);
        const end = lineEndAt === -1 ? bytes.length : lineEndAt + 1;
        take(end - start === bytes.length ? bytes : bytes.subarray(start, end));
        start = end;
      }
    },
    beforeWrite() {
      if (!inFirstLine || hasText) return;
      inFirstLine = false;
      lineBytes = 0;
    },
    end(isOrderly = false) {
      if (lineBytes > 0) emit({ kind: "discarded", byteCount: lineBytes, ...(isOrderly && { isOrderly }) });
      lineBytes = 0;
    },
  };
}

function isAscii(byte: number): boolean {
  return byte >= space && byte < 0x7f;
}

function isText(byte: number): boolean {
  return byte > space && byte !== 0x7f;
}
