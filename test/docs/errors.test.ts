/** docs/errors.md: the contract of the errors, as the code has it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeAdvice, reasonAdvice, remoteAdvice } from "../../src/caller/meaning.ts";
import { reasons } from "../../src/core/outcome.ts";
import { remoteReasons } from "../../src/remote/error.ts";
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

test("what helps with an error of an order to the gateway itself is what `call --gateway` says", () => {
  assert.deepEqual(
    rowsOf("docs/remote.md", "remote-reasons"),
    Object.entries(remoteReasons).map(([reason, { code, meaning }]) => [code, reason, meaning, remoteAdvice[reason]]),
  );
  assert.deepEqual(Object.keys(remoteAdvice), Object.keys(remoteReasons));
});

test("every error of the cloud that `call` explains is in the table, in the order in which they are looked up, with what it says about execution", () => {
  assert.deepEqual(
    rowsOf("docs/errors.md", "cloud-errors").map(([code, executed]) => [code, executed]),
    codeAdvice.map(([prefix, executed]) => [prefix, executed]),
  );
});

test("an error of the cloud stands before every other that its code begins with: the first that fits counts", () => {
  const prefixes = codeAdvice.map(([prefix]) => prefix);
  for (const [index, prefix] of prefixes.entries())
    for (const earlier of prefixes.slice(0, index))
      assert.ok(!prefix.startsWith(earlier), `${prefix} after ${earlier}`);
});
