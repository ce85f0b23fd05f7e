import assert from "node:assert/strict";
import { test } from "node:test";
import { wrap } from "../../src/lab/wrap.ts";

test("a line that fits stays as it is; another is ended between words, and what follows is indented", () => {
  assert.deepEqual(wrap("a   b", 5), ["a   b"]);
  assert.deepEqual(wrap("plug  put the cable back", 16, 6), ["plug  put", "      the cable", "      back"]);
  assert.deepEqual(wrap("within 500 ms, not executed", 12), ["within", "500 ms, not", "executed"]);
  assert.deepEqual(wrap("a/path/that/is/longer x", 8), ["a/path/that/is/longer", "x"]);
});

test("no line is wider than the width, but for a word that is", () => {
  const text = "send these bytes, with the protocol's escapes, as they are, past all faults, after 20 s at most";
  for (let width = 14; width < 100; width++) {
    const lines = wrap(text, width, 4);
    assert.equal(lines.map((line, index) => (index === 0 ? line : line.slice(4))).join(" "), text);
    for (const line of lines) assert.ok(line.length <= width, `${width}: ${line}`);
  }
});
