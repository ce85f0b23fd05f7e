/** Where a line begins and ends: what boards put around their lines, and what may never be taken off. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createFraming, type FramingOptions } from "../../src/protocol/framing.ts";
import { commandLine } from "../../src/protocol/gateway-line.ts";
import { terminalSequenceLength } from "../../src/protocol/terminal-sequence.ts";

const plain: FramingOptions = { prompt: undefined, lineEnd: "lf", keepsSpaces: false };

function framed(text: string, options: Partial<FramingOptions> = {}): [line: string, ...skips: string[]] {
  const bytes = Buffer.from(text, "latin1");
  const { bytes: line, start, skips } = createFraming({ ...plain, ...options })(bytes);
  assert.ok(bytes.subarray(start, start + line.length).equals(line));
  const words = skips.map(({ name, where, byteCount }) => `${byteCount} ${name} ${where}`);
  return [line.toString("latin1"), ...words];
}

/** What came, and what it is; nothing is skipped where nothing is said of it. */
const cases: readonly (readonly [came: string, line: string, ...skips: string[]])[] = [
  ["<1 ok", "<1 ok"],
  // Line ends, as the reader leaves them: LF, CR LF, CR CR LF, LF CR, LF NUL.
  ["<1 ok\r", "<1 ok"],
  ["<1 ok\r\r", "<1 ok", "1 control_bytes end"],
  ["\r<1 ok", "<1 ok", "1 control_bytes front"],
  ["\0<1 ok", "<1 ok", "1 control_bytes front"],
  ["\r", ""],
  ["\0", "", "1 control_bytes front"],
  // Form feed, XON, XOFF, DEL, tab, spaces.
  ["\f<1 ok", "<1 ok", "1 control_bytes front"],
  ["\x11\x13<1 ok\x7f", "<1 ok", "2 control_bytes front", "1 control_bytes end"],
  ["\t  <1 ok", "<1 ok", "1 control_bytes front", "2 spaces front"],
  // Bytes that no text has, and a byte order mark; only in front.
  ["\xff\xfe<1 \xff", "<1 \xff", "2 no_text front"],
  ["\xef\xbb\xbf<1 ok", "<1 ok", "3 no_text front"],
  ["\xef\xbb<1 ok", "\xef\xbb<1 ok"],
  // Spaces at the end are payload; behind a control byte they are behind the line.
  ["<1 ok  ", "<1 ok  "],
  ["<1 ok  \r", "<1 ok  "],
  ["<1 ok \x1b[0m ", "<1 ok ", "4 terminal_sequences end", "1 spaces end"],
  ["<1 ok\0 \0\r", "<1 ok", "2 control_bytes end", "1 spaces end"],
  // Amid a line nothing is touched.
  ["<1 a\x1b[1mb\x1b[0m\tc", "<1 a\x1b[1mb\x1b[0m\tc"],
  // Colours, cursor movements, a character set, titles, keypad modes.
  ["\x1b[0;32m<1 ok\x1b[0m\r", "<1 ok", "7 terminal_sequences front", "4 terminal_sequences end"],
  ["\x1b[8D\x1b[J<1 ok", "<1 ok", "7 terminal_sequences front"],
  ["\x1b(B\x1b[m<1 ok", "<1 ok", "6 terminal_sequences front"],
  ["\x1b[?25h\x1b[!p\x1b7\x1b=<1 ok", "<1 ok", "14 terminal_sequences front"],
  ["\x1b]0;board: ~\x07<1 ok\x1b]0;\x1b\\", "<1 ok", "13 terminal_sequences front", "6 terminal_sequences end"],
  ["\x1b[38;2;100;200;255m<1 ok", "<1 ok", "19 terminal_sequences front"],
  ["<1 ok\x1b[0;3", "<1 ok", "5 terminal_sequences end"],
  ["<1 ok\x1b[\x1b[0\r", "<1 ok", "5 terminal_sequences end"],
  ["<1 ok\x1b", "<1 ok", "1 control_bytes end"],
  // A sigil is never a part of one.
  ["\x1b<1 ok", "<1 ok", "1 control_bytes front"],
  ["\x1b!1 busy", "!1 busy", "1 control_bytes front"],
  ["\x1b@door open", "@door open", "1 control_bytes front"],
  ["\x1b=rrpc/1", "=rrpc/1", "1 control_bytes front"],
  ["\x1b[=rrpc/1", "[=rrpc/1", "1 control_bytes front"],
  ["\x1b[0;3<7 ok", "[0;3<7 ok", "1 control_bytes front"],
  ["\x1b[<7 ok", "[<7 ok", "1 control_bytes front"],
  ["\x1b(<7 ok", "(<7 ok", "1 control_bytes front"],
  // Text in front is not ours to judge.
  ["> <1 ok", "> <1 ok"],
  ["I (5) wifi: conn<1 ok", "I (5) wifi: conn<1 ok"],
];

test("each kind of end and beginning", () => {
  for (const [came, ...expected] of cases) assert.deepEqual(framed(came), expected, JSON.stringify(came));
});

test("the prompt that the configuration names goes, however often, and amid whatever else", () => {
  const zephyr = { prompt: "uart:~$ " };
  assert.deepEqual(framed("uart:~$ <1 ok", zephyr), ["<1 ok", "8 prompt front"]);
  assert.deepEqual(framed("\x1b[8D\x1b[Juart:~$ \x1b[muart:~$  \0<1 ok\r", zephyr), [
    "<1 ok",
    "10 terminal_sequences front",
    "16 prompt front",
    "1 spaces front",
    "1 control_bytes front",
  ]);
  assert.deepEqual(framed("uart:~$ ", zephyr), ["", "8 prompt front"]);
  assert.deepEqual(framed("uart:~$", zephyr), ["uart:~$"]);
  assert.deepEqual(framed("<1 uart:~$ ", zephyr), ["<1 uart:~$ "]);
  assert.deepEqual(framed("> > <1 > ", { prompt: "> " }), ["<1 > ", "4 prompt front"]);
  assert.deepEqual(framed("=> <1 ok", { prompt: "=> " }), ["<1 ok", "3 prompt front"]);
});

test("where CR ends the lines an LF behind it belongs to it", () => {
  const options = { lineEnd: "cr" } as const;
  assert.deepEqual(framed("\n<1 ok", options), ["<1 ok"]);
  assert.deepEqual(framed("\n\n<1 ok", options), ["<1 ok", "1 control_bytes front"]);
  assert.deepEqual(framed("<1 ok\n", options), ["<1 ok", "1 control_bytes end"]);
  assert.deepEqual(framed("\n", options), [""]);
});

test("where lines may begin with a space it stays, if it is the line that it begins", () => {
  const options = { keepsSpaces: true, prompt: "> " };
  assert.deepEqual(framed("  OK", options), ["  OK"]);
  assert.deepEqual(framed(" \x1b[0m  OK\r", options), ["  OK", "1 spaces front", "4 terminal_sequences front"]);
  assert.deepEqual(framed(">   OK", options), ["  OK", "2 prompt front"]);
  assert.deepEqual(framed("   ", options), ["   "]);
});

/** A line as the protocol has it: a sigil, an id, a payload without raw control bytes. */
const legalLine = fc
  .tuple(fc.constantFrom("<", "!", "@"), fc.stringMatching(/^[0-9A-Za-z_-]{1,32}$/), fc.uint8Array({ maxLength: 40 }))
  .map(([sigil, id, payload]) => {
    const line = commandLine(id, Buffer.from(payload), false).subarray(1, -1);
    return Buffer.concat([Buffer.from(sigil), line]);
  });

const dirt = fc
  .array(
    fc.constantFrom("\r", "\0", "\t", "\x11", "\x7f", "\x1b[0;32m", "\x1b[8D\x1b[J", "\x1b]0;t\x07", "\x1b(B", "\x1b="),
    { maxLength: 5 },
  )
  .map((pieces) => pieces.join(""));
const head = fc
  .array(fc.oneof(dirt, fc.constantFrom(" ", "\xff", "\xfe", "\xef\xbb\xbf", "uart:~$ ")), { maxLength: 5 })
  .map((pieces) => pieces.join(""));

test("a legal line comes out of whatever stands around it byte for byte, and all the rest is counted", () => {
  const frame = createFraming({ ...plain, prompt: "uart:~$ " });
  fc.assert(
    fc.property(head, legalLine, dirt, (front, line, end) => {
      const came = Buffer.concat([Buffer.from(front, "latin1"), line, Buffer.from(end, "latin1")]);
      const { bytes, skips } = frame(came);
      assert.deepEqual(bytes, line);
      const usual = end.endsWith("\r") ? 1 : 0;
      const count = skips.reduce((sum, { byteCount }) => sum + byteCount, 0);
      assert.equal(count, came.length - line.length - usual);
      assert.deepEqual(frame(bytes), { bytes, start: 0, skips: [] });
    }),
    { numRuns: 2000 },
  );
});

test("it takes time in proportion to the length, whatever comes", () => {
  const frame = createFraming({ ...plain, prompt: `${"ab".repeat(31)}!` });
  const pieces = [
    "\x1b]",
    "\x1b[",
    "\x1b[0",
    "\x1b]0;x",
    " ",
    "\0",
    "a\0 ",
    "ab",
    "\xef\xbb",
    "\x1b",
    "\x1b(",
    "\x1b_ ",
    "a\x1b[m ",
  ];
  const bytes = pieces.flatMap((piece) =>
    ["", "<7 "].map((front) => Buffer.from(front + piece.repeat(65_536), "latin1")),
  );
  const start = process.cpuUsage();
  for (const each of bytes) frame(each);
  const { user, system } = process.cpuUsage(start);
  // 3.5 MB in all; one pass that is quadratic takes minutes.
  assert.ok(user + system < 5_000_000, `${(user + system) / 1000} ms of CPU`);
});

test("a sequence ends where it ends, and an unending one is none", () => {
  const lengths = (text: string) => terminalSequenceLength(Buffer.from(text, "latin1"), 0);
  assert.equal(lengths(`\x1b]0;${"x".repeat(250)}\x07`), 255);
  assert.equal(lengths(`\x1b]0;${"x".repeat(260)}\x07`), 0);
  assert.equal(lengths(`\x1b[${"1;".repeat(15)}1m`), 34);
  assert.equal(lengths(`\x1b[${"1;".repeat(17)}1m`), 0);
  assert.equal(lengths("\x1b]0;a\nb\x07"), 0);
  assert.equal(lengths("<1 ok"), 0);
});
