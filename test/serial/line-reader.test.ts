import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LineEvent } from "../../src/gateway/boundary.ts";
import type { LineEnd } from "../../src/protocol/framing.ts";
import { createLineReader, type LineReader } from "../../src/serial/line-reader.ts";

const lineBytesMax = 8;

/** A reader that is past its first line, and what it says, as text. */
function reader(limit = lineBytesMax, lineEnd: LineEnd = "lf"): { lines: LineReader; said: string[] } {
  const said: string[] = [];
  const lines = createLineReader({ lineBytesMax: limit, lineEnd }, (event) => said.push(text(event)));
  lines.beforeWrite();
  return { lines, said };
}

function text(event: LineEvent): string {
  switch (event.kind) {
    case "line":
      return event.bytes.toString("latin1");
    case "overlong":
      return `overlong ${event.byteCount}: ${event.head.toString("latin1")}`;
    case "discarded":
      return `discarded ${event.byteCount}`;
    case "other_line_end":
      return `not ${event.ours} within ${event.byteCount}`;
  }
}

/** What it says of bytes that come in these pieces. */
function read(...chunks: (string | Buffer)[]): string[] {
  return readAt("lf", ...chunks);
}

function readAt(lineEnd: LineEnd, ...chunks: (string | Buffer)[]): string[] {
  const { lines, said } = reader(lineBytesMax, lineEnd);
  for (const chunk of chunks) lines.push(Buffer.from(chunk));
  lines.end();
  return said;
}

/** What the reader has to say about bytes, from its description and without its state. */
function expected(bytes: Buffer, lineEnd: LineEnd = "lf"): string[] {
  const [end, other] = lineEnd === "lf" ? (["\n", "\r"] as const) : (["\r", "\n"] as const);
  const parts = bytes.toString("latin1").split(end);
  const torn = parts.pop() ?? "";
  const said = parts.flatMap((part) => {
    if (part.length + 1 > lineBytesMax) return `overlong ${part.length + 1}: ${part.slice(0, lineBytesMax)}`;
    return part === "" ? [] : part;
  });
  const strange = otherEnds(bytes.toString("latin1"), end, other);
  const all = torn === "" ? said : [...said, `discarded ${torn.length}`];
  return strange === undefined ? all : [...all, `not ${lineEnd} within ${strange.length}`];
}

const endsInText = /[ -~]{2}$/;

/** Up to the second text that ends in `other`, where before it none ends in `end`, nor in `other` with an `end` behind it. */
function otherEnds(text: string, end: string, other: string): string | undefined {
  const parts = text.split(other).slice(0, -1);
  const [, second] = [...parts.keys()].filter((index) => endsInText.test(parts[index] ?? ""));
  if (second === undefined) return undefined;
  const upTo = parts.slice(0, second + 1).join(other) + other;
  const isOurs = (at: number) => {
    const before = upTo.slice(0, at);
    return upTo[at] === end && [...before.split(other).slice(0, -1), before].some((part) => endsInText.test(part));
  };
  return [...upTo].some((_, at) => isOurs(at)) ? undefined : upTo;
}

test("lines end at LF or, where the options say so, at CR, and are as they came; empty ones are nothing", () => {
  assert.deepEqual(read("a\nbc\r\n\n\r\nd\r\r\n\re\n"), ["a", "bc\r", "\r", "d\r\r", "\re"]);
  assert.deepEqual(readAt("cr", "a\rbc\r\n\r\r\0d\r"), ["a", "bc", "\n", "\0d"]);
});

test("the longest line counts its CR and LF; one byte more is too long, and only that line is lost", () => {
  assert.deepEqual(read("1234567\n123456\r\n12345678\n1234567\r\nok\n"), [
    "1234567",
    "123456\r",
    "overlong 9: 12345678",
    "overlong 9: 1234567\r",
    "ok",
  ]);
});

test("the head of a line that is too long has what can name a processID, behind a prompt and colours too", () => {
  const { lines, said } = reader(1024);
  const front = `\x1b[0;32m${"p".repeat(64)}`;
  lines.push(Buffer.from(`${front}<${"i".repeat(32)} ${"x".repeat(2000)}\n`));
  assert.deepEqual(said, [`overlong 2106: ${front}<${"i".repeat(32)} ${"x".repeat(55)}`]);
});

test("a torn character does not swallow the line end behind it, and any byte comes through as it is", () => {
  assert.deepEqual(read(Buffer.of(0xe2, 0x82), "\n", Buffer.of(0xc3), "\nb\n"), ["\xe2\x82", "\xc3", "b"]);
  for (let byte = 0; byte < 256; byte++) {
    const line = Buffer.of(0x61, byte, 0x62);
    for (const [lineEnd, end] of [
      ["lf", 0x0a],
      ["cr", 0x0d],
    ] as const) {
      assert.deepEqual(readAt(lineEnd, line, Buffer.of(end)), expected(Buffer.concat([line, Buffer.of(end)]), lineEnd));
    }
  }
});

test("every split of the same bytes gives the same lines", () => {
  const wholes = [
    "ab\r\ncd\n",
    "\n\r\nx",
    "1234567\ny\n",
    "123456789a\r\nz\nt",
    "\xc3\n\xa9\n",
    "a\n\rb\n\0c\r\r\n",
    "ab\rcd\r\ref\r",
    "ab\rc\rde\r",
    "\x1b[0ma\x1b[m\r\n",
    "$ a\r\n$ b\n",
  ];
  for (const whole of wholes) {
    const bytes = Buffer.from(whole, "latin1");
    for (let split = 0; split < 2 ** (bytes.length - 1); split++) {
      const pieces = splitByBits(bytes, split);
      for (const lineEnd of ["lf", "cr"] as const) {
        const said = withoutOrderOfHint(readAt(lineEnd, ...pieces));
        assert.deepEqual(said, expected(bytes, lineEnd), `split ${split} of ${JSON.stringify(whole)} at ${lineEnd}`);
      }
    }
  }
});

/** The hint comes with the byte that it is given for: `expected` has it last. */
function withoutOrderOfHint(said: readonly string[]): string[] {
  const isHint = (text: string) => text.startsWith("not ");
  return [...said.filter((text) => !isHint(text)), ...said.filter(isHint)];
}

/** Cuts after each byte whose bit is set. */
function splitByBits(bytes: Buffer, split: number): Buffer[] {
  const ends = [...bytes.keys()].filter((index) => ((split >> index) & 1) === 1).map((index) => index + 1);
  return [0, ...ends].map((start, index) => bytes.subarray(start, ends[index]));
}

test("garbage in any pieces gives the lines that are in it", () => {
  // Line ends are frequent, so that lines of all lengths around the limit come up.
  const byte = fc.oneof({ weight: 5, arbitrary: fc.integer({ min: 0, max: 255 }) }, fc.constantFrom(0x0a, 0x0d));
  const chunk = fc.array(byte, { maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 20 }), (chunks) => {
      for (const lineEnd of ["lf", "cr"] as const) {
        assert.deepEqual(withoutOrderOfHint(readAt(lineEnd, ...chunks)), expected(Buffer.concat(chunks), lineEnd));
      }
    }),
    { numRuns: 500 },
  );
});

test("the caller may use its buffer again, and the receiver keeps its own", () => {
  const kept: LineEvent[] = [];
  const lines = createLineReader({ lineBytesMax: 64, lineEnd: "lf" }, (event) => kept.push(event));
  lines.beforeWrite();
  const buffer = Buffer.alloc(4);
  for (const piece of ["on", "e\ntw", "o\nth", "ree\n"]) {
    const length = buffer.write(piece);
    lines.push(buffer.subarray(0, length));
    buffer.fill("#");
  }
  assert.deepEqual(kept.map(text), ["one", "two", "three"]);
});

test("what was under way at the opening is dropped up to its line end, however it is split", () => {
  const bytes = Buffer.from("alf\r\nwhole\n");
  for (let split = 0; split < 2 ** (bytes.length - 1); split++) {
    const said: string[] = [];
    const lines = createLineReader({ lineBytesMax: 64, lineEnd: "lf" }, (event) => said.push(text(event)));
    for (const chunk of splitByBits(bytes, split)) lines.push(chunk);
    lines.beforeWrite();
    assert.deepEqual(said, ["discarded 5", "whole"]);
  }
});

test("a line end alone at the opening drops nothing", () => {
  const said: string[] = [];
  const lines = createLineReader({ lineBytesMax: 64, lineEnd: "lf" }, (event) => said.push(text(event)));
  lines.push(Buffer.from("\nhello\n"));
  assert.deepEqual(said, ["hello"]);
});

test("a first line that began before our first write is dropped, one that came after it is not", () => {
  const said: string[] = [];
  const late = createLineReader({ lineBytesMax: 64, lineEnd: "lf" }, (event) => said.push(text(event)));
  late.push(Buffer.from("ha"));
  late.beforeWrite();
  late.push(Buffer.from("lf\n<1 a\n"));
  assert.deepEqual(said, ["discarded 5", "<1 a"]);

  const { lines, said: saidAfter } = reader();
  lines.push(Buffer.from("<1 a\n"));
  lines.beforeWrite();
  lines.push(Buffer.from("<2 b\n"));
  assert.deepEqual(saidAfter, ["<1 a", "<2 b"]);
});

test("4 MB without a line end cost little time and no memory, at the opening and later, in large and small pieces", () => {
  for (const chunkBytes of [4096, 16]) {
    for (const isFirst of [true, false]) {
      const said: string[] = [];
      const lines = createLineReader({ lineBytesMax: 16_384, lineEnd: "lf" }, (event) => said.push(text(event)));
      if (!isFirst) lines.beforeWrite();
      const chunk = Buffer.alloc(chunkBytes, "x");
      const start = process.cpuUsage();
      for (let sent = 0; sent < 4 << 20; sent += chunkBytes) lines.push(chunk);
      const { user, system } = process.cpuUsage(start);
      lines.push(Buffer.from("\nafter\n"));
      assert.ok(user + system < 1_000_000, `${(user + system) / 1000} ms of CPU`);
      assert.deepEqual(said, [isFirst ? "discarded 4194305" : `overlong 4194305: ${"x".repeat(160)}`, "after"]);
    }
  }
});

test("a flood keeps no memory", () => {
  const { lines } = reader(16_384);
  const chunk = Buffer.alloc(4096, "x");
  const held = () => process.memoryUsage().arrayBuffers + process.memoryUsage().heapUsed;
  lines.push(chunk);
  const before = held();
  for (let sent = 0; sent < 64 << 20; sent += chunk.length) lines.push(chunk);
  assert.ok(held() - before < 8 << 20, `${(held() - before) >> 10} KiB more`);
});
