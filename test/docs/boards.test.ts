/** docs/boards.md: the reasons why a board is not online, as the metrics have them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { offlineReasons } from "../../src/observe/metrics/catalogue.ts";
import { rowsOf } from "../support/documents.ts";

test("every reason why a board is not online is in the table, with what to do", () => {
  const rows = rowsOf("docs/boards.md", "offline");
  assert.deepEqual(
    rows.map(([reason]) => reason),
    offlineReasons,
  );
  for (const [reason, ...sentences] of rows)
    for (const sentence of sentences) assert.match(sentence, /^[A-Z].*\.$/, reason);
});
