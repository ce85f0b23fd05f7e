import assert from "node:assert/strict";
import { test } from "node:test";
import { noSuchBoard } from "../../src/config/no-such-board.ts";
import { soleBoard } from "../../src/runtime/board-name.ts";

test("a board that is not there: what was meant, and which there are", () => {
  assert.equal(
    noSuchBoard("pmup", ["fan", "pump"]),
    "there is no board pmup (did you mean pump?); the boards are: fan, pump",
  );
  assert.equal(
    noSuchBoard("pump", [soleBoard]),
    "there is no board pump: the configuration has only one, which needs no name",
  );
  const many = Array.from({ length: 32 }, (_, index) => `b${index}`);
  assert.match(
    noSuchBoard("x\x1b[2J", many),
    /^there is no board x\\x1B\[2J; the boards are: b0, .*, b11 and 20 more$/,
  );
});
