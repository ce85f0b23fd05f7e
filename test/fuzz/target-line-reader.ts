import assert from "node:assert/strict";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import type { LineEnd } from "../../src/protocol/framing.ts";
import { createLineReader } from "../../src/serial/line-reader.ts";
import type { Target } from "./fuzzer.ts";

/**
 * The parser: bytes to lines. The first byte of an input is the longest line and, by its lowest bit, which byte ends lines;
 * the second is the length of the pieces.
 */
export const lineReader: Target = {
  name: "line-reader",
  seeds: [
    "\x20\x01\n<7 ok\n<8 ok\r\n",
    "\x08\x05boot\n\n\r\n0123456789\nx",
    "\x21\x03<7 ok\r<8 ok\r\n\r",
    "\x40\x02\n\r<7 ok\n\r\0<8 ok\r\r\n",
  ],
  words: ["\n", "\r", "\r\n", "\r\r\n", "\n\r", "\n\0", "<7 on\n", "\x1b[0m", "uart:~$ ", "\xff", "0123456789abcdef"],
  bytesMax: 300,
  folder: "/src/serial/line-reader.ts",
  run(input) {
    const [first = 1, pieceBytes = 1] = input;
    const options = { lineBytesMax: Math.max(first, 1), lineEnd: first % 2 === 0 ? "lf" : "cr" } as const;
    const bytes = input.subarray(2);
    const whole = eventsOf(options, bytes, bytes.length);
    assert.deepEqual(eventsOf(options, bytes, Math.max(pieceBytes, 1)), whole, "however it is split");
    checkLines(whole, options.lineBytesMax);
    assert.deepEqual(linesOf(whole), expectedLines(bytes, options));
  },
};

interface Options {
  readonly lineBytesMax: number;
  readonly lineEnd: LineEnd;
}

function eventsOf(options: Options, bytes: Buffer, pieceBytes: number): LineEvent[] {
  const events: LineEvent[] = [];
  const hints: LineEvent[] = [];
  const reader = createLineReader(options, (event) => (event.kind === "other_line_end" ? hints : events).push(event));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // The reader may keep nothing of the caller's buffer.
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    reader.push(piece);
    piece.fill(0x21);
  }
  reader.end();
  assert.ok(hints.length <= 1);
  return [...events, ...hints];
}

function checkLines(events: readonly LineEvent[], lineBytesMax: number): void {
  for (const event of events) {
    if (event.kind === "line") assert.ok(event.bytes.length > 0 && event.bytes.length < lineBytesMax);
    if (event.kind === "overlong") assert.ok(event.byteCount > lineBytesMax && event.head.length <= 160);
  }
}

const linesOf = (events: readonly LineEvent[]) =>
  events.flatMap((event) => (event.kind === "line" ? [event.bytes.toString("latin1")] : []));

/** The same, said in one line: what stands between two line ends, if it is not too long. */
function expectedLines(bytes: Buffer, { lineBytesMax, lineEnd }: Options): string[] {
  const pieces = bytes
    .toString("latin1")
    .split(lineEnd === "lf" ? "\n" : "\r")
    .slice(1, -1);
  return pieces.filter((piece) => piece !== "" && piece.length < lineBytesMax);
}
