/** docs/errors.md: the contract of the errors, as the code has it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { reasonAdvice } from "../../src/caller/meaning.ts";
import { reasons } from "../../src/core/outcome.ts";
import { rowsOf } from "../support/documents.ts";

const rows = rowsOf("docs/errors.md", "errors");

test("every error is in the table, with its code, with what it says about execution, and with the advice of `call`", () => {
  assert.deepEqual(
    rows.map(([code, reason, executed, , advice]) => [code, reason, executed, advice]),
    Object.entries(reasons).map(([reason, { code, executed }]) => [code, reason, executed, reasonAdvice[reason]]),
  );
  for (const row of rows) {
    assert.equal(row.length, 5, row.join(" | "));
    for (const sentence of row.slice(3)) assert.match(sentence, /^[A-Z].*\.$/);
  }
});

test("what may have been executed is never just called again", () => {
  for (const [, reason = "", executed, , advice = ""] of rows) {
    if (executed === "unknown") assert.doesNotMatch(advice, /^Call again/, reason);
  }
});
