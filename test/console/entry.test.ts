/** What a line that was typed at the console means. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, entryHelp, readEntry } from "../../src/console/entry.ts";

const bytes = (text: string) => Buffer.from(text, "latin1");

test("plain text is a payload, with the escapes of the line protocol; a word behind a slash does something else", () => {
  const cases: readonly (readonly [string, Entry])[] = [
    ["led on", { kind: "payload", bytes: bytes("led on") }],
    ["  two ", { kind: "payload", bytes: bytes("  two ") }],
    ['{"a":1}', { kind: "payload", bytes: bytes('{"a":1}') }],
    ["a\\x00\\n\\\\", { kind: "payload", bytes: bytes("a\x00\n\\") }],
    ["é", { kind: "payload", bytes: Buffer.from("é") }],
    ["//probe", { kind: "payload", bytes: bytes("/probe") }],
    ["/probe", { kind: "probe" }],
    ["/probe ", { kind: "probe" }],
    ["/line >7 a\\n ", { kind: "line", bytes: bytes(">7 a\\n ") }],
    ["/raw >7 a\\n\\xFF", { kind: "raw", bytes: bytes(">7 a\n\xFF") }],
    ["/raw  ", { kind: "raw", bytes: bytes(" ") }],
    ["/release", { kind: "release", forMs: 600_000 }],
    ["/release 90s", { kind: "release", forMs: 90_000 }],
    ["/wait 2s", { kind: "wait", forMs: 2000 }],
    ["/return", { kind: "return" }],
    ["/help", { kind: "help" }],
    ["/quit", { kind: "quit" }],
    ["", { kind: "nothing" }],
    [" \t", { kind: "nothing" }],
  ];
  for (const [text, entry] of cases) assert.deepEqual(readEntry(text), entry, text);
});

test("what is wrong is never sent, and the message says what is right", () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ["C:\\dir", /a backslash is followed by n, r, xHH or another backslash/],
    ["/raw \\xF", /a backslash is followed by/],
    ["/line", /\/line needs what is to be written behind it/],
    ["/raw", /\/raw needs/],
    ["/wait", /\/wait takes a time such as 90s/],
    ["/wait 25h", /at most 24h/],
    ["/release soon", /\/release takes a time/],
    ["/quit now", /\/quit takes nothing behind it/],
    ["/PROBE", /\/PROBE is none of the words that \/help lists; a payload .* is typed with two/],
    ["/", /\/ is none of the words/],
  ];
  for (const [text, problem] of cases) {
    const entry = readEntry(text);
    assert.ok(entry.kind === "wrong", text);
    assert.match(entry.problem, problem);
  }
});

test("the help has every word, and no other", () => {
  const wordsOf = (help: typeof entryHelp, hasLender: boolean) =>
    help(hasLender).flatMap(([typed]) => /^\/[a-z]+/.exec(typed)?.[0] ?? []);
  const words = wordsOf(entryHelp, true);
  assert.deepEqual(
    words.filter((word) => !wordsOf(entryHelp, false).includes(word)),
    ["/release", "/return"],
  );
  assert.deepEqual(words.sort(), ["/help", "/line", "/probe", "/quit", "/raw", "/release", "/return", "/wait"]);
  for (const word of words) {
    const entry = readEntry(word);
    if (entry.kind === "wrong") assert.doesNotMatch(entry.problem, /none of the words/, word);
  }
});
