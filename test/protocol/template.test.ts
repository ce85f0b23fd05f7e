import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { McuLine } from "../../src/protocol/mcu-line.ts";
import { type TemplateOptions, templateDialect } from "../../src/protocol/template.ts";
import { compilePattern } from "../../src/protocol/template-pattern.ts";

const withIds: TemplateOptions = {
  command: "CMD {processId},{payload}",
  lineEnd: "lf",
  payloadEscape: "none",
  payloadForbidden: undefined,
  dataBits: 8,
  reply: "RSP (?<processId>[^,]*),(?<payload>.*)",
  data: undefined,
  refusal: "ERR (?<processId>[^,]*),(?<code>[0-9]*)(?:,(?<text>.*))?",
  hello: undefined,
  log: undefined,
  probe: undefined,
  cancel: undefined,
  clearLine: undefined,
  quietMs: 10_000,
};

function commandOf(options: Partial<TemplateOptions>, payload: string | Buffer, id = "7"): string | undefined {
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  return templateDialect({ ...withIds, ...options })
    .command(id, bytes, false)
    ?.toString("latin1");
}

function read(options: Partial<TemplateOptions>, line: string | Buffer): McuLine {
  const bytes = typeof line === "string" ? Buffer.from(line) : line;
  const dialect = templateDialect({ ...withIds, ...options });
  return dialect.read(dialect.frame(bytes).bytes, false);
}

test("values stand as they are, whatever they look like", () => {
  assert.equal(commandOf({}, "$& $1 $` $' $$"), "CMD 7,$& $1 $` $' $$\n");
  assert.equal(commandOf({}, "{processId}{payload}"), "CMD 7,{processId}{payload}\n");
  assert.equal(commandOf({}, "a\\nb"), "CMD 7,a\\nb\n");
  assert.equal(commandOf({}, ""), "CMD 7,\n");
});

test("braces that hold no placeholder are text", () => {
  const command = '{"id":"{processId}","do":{"{payload}":{}}}';
  assert.equal(commandOf({ command }, "x"), '{"id":"7","do":{"x":{}}}\n');
});

test("a line ends as the firmware wants it", () => {
  assert.equal(commandOf({ lineEnd: "cr" }, "x"), "CMD 7,x\r");
  assert.equal(commandOf({ lineEnd: "crlf" }, "x"), "CMD 7,x\r\n");
});

test("a payload that may not stand in a line is refused", () => {
  for (const byte of [0x00, 0x09, 0x0a, 0x0d, 0x11, 0x13, 0x1a, 0x1b, 0x7f]) {
    assert.equal(commandOf({}, Buffer.of(0x61, byte)), undefined, `byte ${byte}`);
  }
  assert.equal(commandOf({ payloadForbidden: ',"' }, "a,b"), undefined);
  assert.equal(commandOf({ payloadForbidden: ',"' }, "a.b"), "CMD 7,a.b\n");
});

test("eight bits pass as they are, and not where the line has seven", () => {
  assert.equal(commandOf({}, Buffer.of(0x8a, 0xff)), "CMD 7,\x8a\xff\n");
  assert.equal(commandOf({ dataBits: 7 }, Buffer.of(0x8a)), undefined);
  assert.equal(commandOf({ dataBits: 7, payloadEscape: "backslash" }, Buffer.of(0x8a)), "CMD 7,\\x8A\n");
});

test("with escapes every payload can stand in a line, and none ends it or has what is forbidden", () => {
  const escaping = { payloadEscape: "backslash", payloadForbidden: ',"' } as const;
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const payload = Buffer.from(bytes);
      const line = commandOf(escaping, payload) ?? "";
      assert.match(line, /^CMD 7,[ !#-+\--~\x80-\xff]*\n$/);
      const reply = Buffer.from(`RSP ${line.slice("CMD ".length, -1)}`, "latin1");
      assert.deepEqual(read(escaping, reply), { kind: "reply", id: "7", payload });
    }),
  );
});

test("without escapes a payload stands as it is or not at all", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 6 }), (bytes) => {
      const line = commandOf({ payloadForbidden: "," }, Buffer.from(bytes));
      const fits = bytes.every((byte) => byte >= 0x20 && byte !== 0x7f && byte !== 0x2c);
      assert.equal(line, fits ? `CMD 7,${Buffer.from(bytes).toString("latin1")}\n` : undefined);
    }),
  );
});

const lines: readonly (readonly [line: string, expected: McuLine])[] = [
  ["RSP 7,on", { kind: "reply", id: "7", payload: Buffer.from("on") }],
  ["RSP 7,", { kind: "reply", id: "7", payload: Buffer.alloc(0) }],
  ["RSP 7,a\rb", { kind: "reply", id: "7", payload: Buffer.from("a\rb") }],
  ["RSP 7,on\r\r", { kind: "reply", id: "7", payload: Buffer.from("on") }],
  ["ERR 7,12,too hot", { kind: "refusal", id: "7", code: "12", text: Buffer.from("too hot") }],
  ["ERR 7,12", { kind: "refusal", id: "7", code: "12", text: Buffer.alloc(0) }],
  ["RSP ,on", { kind: "malformed", bytes: Buffer.from("RSP ,on") }],
  ["RSP a b,on", { kind: "malformed", bytes: Buffer.from("RSP a b,on") }],
  ["\x1b[32mRSP 7,on \x1b[0m\r", { kind: "reply", id: "7", payload: Buffer.from("on ") }],
  ["  RSP 7,on", { kind: "reply", id: "7", payload: Buffer.from("on") }],
  ["RSP 7", { kind: "unmatched", bytes: Buffer.from("RSP 7") }],
];

for (const [line, expected] of lines) {
  test(`${JSON.stringify(line)} is ${expected.kind}`, () => assert.deepEqual(read({}, line), expected));
}

test("bytes that are no UTF-8 come out as they went in", () => {
  const payload = Buffer.of(0xff, 0x80, 0x00, 0xc3);
  const line = Buffer.concat([Buffer.from("RSP 7,"), payload]);
  assert.deepEqual(read({}, line), { kind: "reply", id: "7", payload });
});

test("an escape that is none makes a reply malformed, where there are escapes", () => {
  const line = Buffer.from("RSP 7,a\\q");
  assert.deepEqual(read({ payloadEscape: "backslash" }, line), { kind: "malformed", bytes: line });
  assert.deepEqual(read({}, line), { kind: "reply", id: "7", payload: Buffer.from("a\\q") });
});

test("of several patterns that match a line the first counts: log, hello, refusal, reply, data", () => {
  const all = { log: "A.*", hello: "AB.*|B.*", refusal: "(?<code>[ABC]+)", reply: "[ABCD]", data: "(?<payload>.*)" };
  const kinds = ["A", "B", "C", "D", "E"].map((line) => read(all, line).kind);
  assert.deepEqual(kinds, ["log", "hello", "refusal", "reply", "data"]);
});

test("a hello says what its groups hold, and nothing of what other firmware could", () => {
  const said = read({ hello: "BOOT (?<fw>[^ ]+)(?: (?<boot>.*))?" }, "BOOT pump-1");
  const unsaid = { window: undefined, lineBytesMax: undefined, crc: false, dedup: 0, cancel: false, boot: undefined };
  assert.deepEqual(said, { kind: "hello", hello: { ...unsaid, firmware: "pump-1" } });
});

test("probe and cancel are lines of the firmware's, and half a line is ended before a probe that resynchronises", () => {
  const { probe, cancel } = templateDialect({ ...withIds, lineEnd: "crlf", probe: "HI?", cancel: "DROP {processId}" });
  assert.equal(probe?.(false).toString(), "HI?\r\n");
  assert.equal(probe?.(true).toString(), "\r\nHI?\r\n");
  assert.equal(cancel("7", { cancel: false, crc: false })?.toString(), "DROP 7\r\n");
});

test("an opening forgets a half line where the firmware can, and ends it in any case", () => {
  const opening = (options: Partial<TemplateOptions>) => templateDialect({ ...withIds, ...options }).opening;
  assert.deepEqual(opening({}), Buffer.from("\n"));
  assert.deepEqual(opening({ lineEnd: "cr", clearLine: "^U" }), Buffer.from("\x15\r"));
  assert.deepEqual(opening({ lineEnd: "crlf", clearLine: "^C^^^?" }), Buffer.from("\x03\x1e\x7f\r\n"));
  const { probe } = templateDialect({ ...withIds, probe: "HI?", clearLine: "^U" });
  assert.equal(probe?.(true).toString(), "\x15\nHI?\n");
  assert.equal(probe?.(false).toString(), "HI?\n");
});

test("firmware without ids answers in order", () => {
  assert.equal(templateDialect(withIds).lateReplyWindowMs, undefined);
  assert.equal(templateDialect({ ...withIds, reply: "(?<payload>.*)" }).lateReplyWindowMs, 10_000);
});

/** What makes a backtracking matcher take longer than anybody lives. */
const hostile = [
  "(?<payload>(a+)+)b",
  "(?<payload>(a|aa)+)b",
  "(?:a?){60}(?:a){60}b",
  "(?<payload>(?:(a|b|ab)*c?){0,24})",
];

for (const source of hostile) {
  test(`no line holds ${source} up`, () => {
    const compiled = compilePattern(source);
    assert.ok(compiled.kind === "pattern");
    const begun = process.cpuUsage();
    for (const line of ["a".repeat(65_536), "ab".repeat(32_768), "\r".repeat(65_536)]) compiled.pattern.match(line);
    const { user, system } = process.cpuUsage(begun);
    assert.ok(user + system < 10_000_000, `${(user + system) / 1e6} s of CPU`);
  });
}

test("CR in any number is no work", () => {
  const begun = process.cpuUsage();
  read({}, `${"\r".repeat(65_535)}x`);
  const { user, system } = process.cpuUsage(begun);
  assert.ok(user + system < 5_000_000, `${(user + system) / 1e6} s of CPU`);
});

for (const source of ["(", "(?=a)", "(?<!a)b", "\\1", "a{1001}", "(?<a>x)(?<a>y)", "(?:.{0,99}){0,9}", "\\C"]) {
  test(`${source} is no pattern to work with`, () => assert.equal(compilePattern(source).kind, "unusable"));
}
