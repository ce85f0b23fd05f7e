import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checksum } from "../../src/protocol/crc16.ts";
import { escapePayload, unescapePayload } from "../../src/protocol/escape.ts";
import { commandLine } from "../../src/protocol/gateway-line.ts";
import { parseHello } from "../../src/protocol/hello.ts";
import { isId } from "../../src/protocol/id.ts";
import { readMcuLine, replyIdOfHead } from "../../src/protocol/mcu-line.ts";

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes));

test("any payload comes back from its line, and no byte of it can end the line", () => {
  fc.assert(
    fc.property(anyBytes, (payload) => {
      const escaped = escapePayload(payload);
      assert.ok(escaped.every((byte) => byte >= 0x20 && byte !== 0x7f));
      assert.deepEqual(unescapePayload(escaped), payload);
    }),
  );
});

test("a command is one line, whatever its payload says", () => {
  fc.assert(
    fc.property(anyBytes, fc.boolean(), (payload, crc) => {
      const line = commandLine("41440", payload, crc);
      assert.equal(line.indexOf("\n"), line.length - 1);
    }),
  );
});

test("any bytes from the MCU are some line, and none makes the reader throw", () => {
  const sigils = fc.constantFrom("<", "!", "=", "@", ">", "=rrpc/1 ", "<1 ", "!- ", "");
  fc.assert(
    fc.property(sigils, anyBytes, fc.boolean(), (sigil, bytes, crc) => {
      assert.equal(typeof readMcuLine(Buffer.concat([Buffer.from(sigil), bytes]), crc).kind, "string");
    }),
  );
});

const lines: readonly [string, object][] = [
  ["<41440 ok", { kind: "reply", id: "41440", payload: Buffer.from("ok") }],
  ["<7", { kind: "reply", id: "7", payload: Buffer.alloc(0) }],
  ["<7 ", { kind: "reply", id: "7", payload: Buffer.alloc(0) }],
  ["<7  two", { kind: "reply", id: "7", payload: Buffer.from(" two") }],
  ["!7 busy motor is homing", { kind: "refusal", id: "7", code: "busy", text: Buffer.from("motor is homing") }],
  ["!7 busy", { kind: "refusal", id: "7", code: "busy", text: Buffer.alloc(0) }],
  ["!- crc", { kind: "damage_report", isChecked: false }],
  ["!- crc*9EED", { kind: "damage_report", isChecked: true }],
  ["!- crc*9EEC", { kind: "damage_report", isChecked: false }],
  ["=rrpc/2 window=1", { kind: "unsupported_version", version: "rrpc/2" }],
  ["@door open\\n", { kind: "event", name: "door", payload: Buffer.from("open\n") }],
];

for (const [text, expected] of lines) {
  test(`${text} is ${JSON.stringify(expected).slice(0, 60)}`, () => {
    assert.deepEqual(readMcuLine(Buffer.from(text), false), expected);
  });
}

for (const text of [
  "<",
  "<a.b x",
  "<- x",
  "!7",
  "!7 ",
  "!7 a.b",
  "!- other text",
  "=",
  "=hello",
  "=rrpc/1 window=0",
  "=rrpc/1 line=x",
  "@",
  "@a.b",
]) {
  test(`${text} is malformed`, () => assert.equal(readMcuLine(Buffer.from(text), false).kind, "malformed"));
}

for (const text of ["ready", " <1 x", "?", ">1 x", "~1", "\x1b[31m<1 x"]) {
  test(`${JSON.stringify(text)} is the MCU's log where its checksum is right, and nothing proves it without`, () => {
    assert.equal(readMcuLine(Buffer.from(text), false).kind, "unmatched");
    assert.equal(readMcuLine(Buffer.from(`${text}*${checksum(Buffer.from(text))}`), true).kind, "log");
  });
}

test("a hello's keys have their defaults, and unknown ones are ignored", () => {
  assert.deepEqual(parseHello("rrpc/1"), {
    kind: "hello",
    hello: {
      window: undefined,
      lineBytesMax: undefined,
      crc: false,
      dedup: 0,
      cancel: false,
      boot: undefined,
      firmware: undefined,
    },
  });
  assert.deepEqual(parseHello("rrpc/1 window=2 line=256 dedup=4 cancel=1 color=red boot=7F3A fw=pump-1.4.2 x"), {
    kind: "hello",
    hello: { window: 2, lineBytesMax: 256, crc: false, dedup: 4, cancel: true, boot: "7F3A", firmware: "pump-1.4.2" },
  });
});

test("the id of an overlong reply is read from its head only where it is whole", () => {
  assert.equal(replyIdOfHead(Buffer.from("<41440 aaaa")), "41440");
  assert.equal(replyIdOfHead(Buffer.from("<41440")), undefined);
  assert.equal(replyIdOfHead(Buffer.from("41440 aaaa")), undefined);
});

test("an id is 1 to 32 letters, digits, _ or -, and not a single -", () => {
  for (const id of ["7", "41440", "a_B-9", "-a", "x".repeat(32)]) assert.ok(isId(id), id);
  for (const id of ["", "-", "a b", "a\n", "ä", "a/b", "+", "x".repeat(33)]) assert.ok(!isId(id), id);
});

test("with checksums on a plain, whole hello is understood, and nothing else without a right one", () => {
  const kindOf = (text: string) => readMcuLine(Buffer.from(text), true).kind;
  assert.equal(kindOf("=rrpc/1 window=2 boot=Z9"), "hello");
  assert.equal(kindOf("=rrpc/2 window=2"), "unsupported_version");
  for (const text of [
    "=rrpc/1 window=2 boot=Z9*0000",
    "=rrpc/1 window=2 boot=Z9*00af",
    "=rrpc/1 window=2 crc=1 boot=Z9",
    "=rrpc/1 window=x",
    "=",
    "<1 ok",
    "!1 busy",
    "!- crc",
    "@door open",
  ]) {
    assert.equal(kindOf(text), "damaged", text);
  }
});
