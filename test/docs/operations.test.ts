/** docs/operations.md: drops and exit codes are the code's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodes } from "../../src/cli/exit-codes.ts";
import { dropNames } from "../../src/core/report.ts";
import { rowsOf } from "../support/documents.ts";

const page = "docs/operations.md";

test("every name of a drop is in the table", () => {
  assert.deepEqual(
    rowsOf(page, "drops").map(([name]) => name),
    [...dropNames],
  );
});

test("every exit code is in the table", () => {
  assert.deepEqual(
    rowsOf(page, "exit-codes").map(([code]) => Number(code)),
    Object.values(exitCodes),
  );
});
