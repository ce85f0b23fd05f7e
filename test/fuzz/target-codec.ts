import assert from "node:assert/strict";
import { checksum } from "../../src/protocol/crc16.ts";
import { escapePayload, unescapePayload } from "../../src/protocol/escape.ts";
import { createFraming, type Framing } from "../../src/protocol/framing.ts";
import { cancelLine, commandLine } from "../../src/protocol/gateway-line.ts";
import { isId } from "../../src/protocol/id.ts";
import { checkedLineIn, isSigil, type McuLine, readMcuLine, replyIdOfHead } from "../../src/protocol/mcu-line.ts";
import { misframedLineIn } from "../../src/protocol/misframed-line.ts";
import type { Target } from "./fuzzer.ts";

const framings: readonly Framing[] = (["lf", "cr"] as const).flatMap((lineEnd) =>
  [undefined, "> ", "uart:~$ "].map((prompt) => createFraming({ prompt, lineEnd, keepsSpaces: lineEnd === "cr" })),
);

/**
 * The codec: a line from the MCU, framed, to what it says, and payloads to lines. The first byte says whether with
 * checksums.
 */
export const codec: Target = {
  name: "codec",
  seeds: [
    "0<7 on",
    "1<41440 ok*297C",
    "0!41440 busy motor",
    "0=rrpc/1 window=2 crc=1*0000",
    "0@door open",
    "0!- crc",
    "1conn<41440 ok*297C",
    "0\x1b[0;32m\xff> <7 ok\x1b[0m \r",
    "0uart:~$ <7 ok",
  ],
  words: [
    "<",
    "!",
    "@",
    "=rrpc/1",
    " window=",
    " line=",
    " crc=1",
    " dedup=",
    " boot=",
    " fw=",
    "\\x41",
    "\\n",
    "*31C3",
    "*297C",
    "\x1b[",
    "\x1b]0;",
    "\x1b(B",
    "\x07",
    "\xef\xbb\xbf",
    "uart:~$ ",
    "> ",
    " \r",
  ],
  bytesMax: 200,
  folder: "/src/protocol/",
  run(input) {
    const line = input.subarray(1);
    const read = readMcuLine(line, input[0] === 0x31);
    checkRead(read, line);
    for (const frame of framings) checkFramed(frame, line);
    checkInside(line);
    checkHead(line.subarray(0, 64));
    for (const crc of [false, true]) checkWritten(line, crc);
  },
};

/** A reply that was read is written by the same rules as a command, so it can be read again. */
function checkRead(read: McuLine, line: Buffer): void {
  if (read.kind === "reply" || read.kind === "refusal") assert.ok(isId(read.id ?? ""));
  if (read.kind === "reply") {
    const again = Buffer.concat([Buffer.from(`<${read.id} `), escapePayload(read.payload)]);
    assert.deepEqual(readMcuLine(again, false), read);
  }
  if (read.kind === "hello") {
    const { window, lineBytesMax, dedup } = read.hello;
    for (const count of [window ?? 1, lineBytesMax ?? 1, dedup + 1]) assert.ok(Number.isInteger(count) && count >= 1);
  }
  if (read.kind === "log" || read.kind === "unmatched" || read.kind === "malformed" || read.kind === "damaged") {
    assert.ok(read.bytes.length <= line.length);
  }
}

/** What is taken off is counted to the byte, is no text, and the rest has nothing to be taken off but a usual line end. */
function checkFramed(frame: Framing, came: Buffer): void {
  const { bytes, start, skips } = frame(came);
  assert.deepEqual(bytes, came.subarray(start, start + bytes.length));
  const taken = came.length - bytes.length;
  const counted = skips.reduce((sum, { byteCount }) => sum + byteCount, 0);
  assert.ok(counted === taken || counted === taken - 1, `${counted} of ${taken}`);
  assert.ok(skips.every(({ byteCount }) => byteCount > 0));
  assert.deepEqual(frame(bytes).bytes, bytes);
  // A line of the protocol loses nothing of what it can have.
  if (isSigil(came[0])) assert.equal(start, 0);
}

/** A line found inside has a right checksum. */
function checkInside(line: Buffer): void {
  misframedLineIn(line, (id) => id === "7");
  for (const crc of [true, false]) {
    const part = checkedLineIn(line, crc);
    if (part === undefined) continue;
    const found = line.toString("latin1", part.start, part.end);
    assert.equal(found.slice(-4), checksum(line.subarray(part.start, part.end - 5)));
    assert.ok(isSigil(line[part.start]));
  }
}

function checkHead(head: Buffer): void {
  const id = replyIdOfHead(head);
  if (id !== undefined) assert.ok(head.toString("latin1").startsWith(`<${id} `));
}

/** Whatever the payload, a command is one line, without control bytes, and says the payload. */
function checkWritten(payload: Buffer, crc: boolean): void {
  const line = commandLine("41440", payload, crc);
  assert.ok(line.subarray(0, -1).every((byte) => byte >= 0x20 && byte !== 0x7f) && line.at(-1) === 0x0a);
  assert.deepEqual(unescapePayload(escapePayload(payload)), payload);
  const asReply = Buffer.concat([Buffer.from("<"), line.subarray(1, -1)]);
  if (!crc) assert.deepEqual(readMcuLine(asReply, false), { kind: "reply", id: "41440", payload });
  assert.equal(readMcuLine(cancelLine("41440", crc).subarray(0, -1), false).kind, "unmatched");
}
