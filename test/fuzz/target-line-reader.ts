import assert from "node:assert/strict";
import { createLineReader, type LineReaderEvent } from "../../src/serial/line-reader.ts";
import type { Target } from "./fuzzer.ts";

/** The parser: bytes to lines. The first byte of an input is the longest line, the second the length of the pieces. */
export const lineReader: Target = {
  name: "line-reader",
  seeds: ["\x20\x01\n<7 ok\n<8 ok\r\n", "\x08\x05boot\n\n\r\n0123456789\nx"],
  words: ["\n", "\r\n", "\r\r\n", "<7 on\n", "0123456789abcdef"],
  bytesMax: 300,
  folder: "/src/serial/line-reader.ts",
  run(input) {
    const [lineBytesMax = 1, pieceBytes = 1] = input;
    const bytes = input.subarray(2);
    const whole = eventsOf(Math.max(lineBytesMax, 1), bytes, bytes.length);
    assert.deepEqual(eventsOf(Math.max(lineBytesMax, 1), bytes, Math.max(pieceBytes, 1)), whole, "however it is split");
    checkLines(whole, Math.max(lineBytesMax, 1));
    assert.deepEqual(linesOf(whole), expectedLines(bytes, Math.max(lineBytesMax, 1)));
  },
};

function eventsOf(lineBytesMax: number, bytes: Buffer, pieceBytes: number): LineReaderEvent[] {
  const events: LineReaderEvent[] = [];
  const reader = createLineReader(lineBytesMax, (event) => events.push(event));
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    // The reader may keep nothing of the caller's buffer.
    const piece = Buffer.from(bytes.subarray(at, at + pieceBytes));
    reader.push(piece);
    piece.fill(0x21);
  }
  reader.end();
  return events;
}

function checkLines(events: readonly LineReaderEvent[], lineBytesMax: number): void {
  for (const event of events) {
    if (event.kind === "line") assert.ok(event.bytes.length > 0 && event.bytes.length < lineBytesMax);
    if (event.kind === "overlong") assert.ok(event.byteCount > lineBytesMax && event.head.length <= 64);
  }
}

const linesOf = (events: readonly LineReaderEvent[]) =>
  events.flatMap((event) => (event.kind === "line" ? [event.bytes.toString("latin1")] : []));

/** The same, said in one line: what stands between two LF, if it is not too long, less one CR at its end. */
function expectedLines(bytes: Buffer, lineBytesMax: number): string[] {
  const pieces = bytes.toString("latin1").split("\n").slice(1, -1);
  const fitting = pieces.filter((piece) => piece.length < lineBytesMax);
  return fitting.map((piece) => piece.replace(/\r$/, "")).filter((piece) => piece !== "");
}
