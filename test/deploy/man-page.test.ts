/** The man page is what the program's help says now. UPDATE_DOCS=1 writes it anew. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { manPage } from "../../deploy/man/man-page.ts";
import { createProgram } from "../../src/cli/program.ts";
import { holdFile, rowsOf } from "../support/documents.ts";

/** Each exit code with its meaning. */
const exitCodes = rowsOf("docs/operations.md", "exit-codes").map(
  ([code = "", meaning = ""]) => [code, meaning] as const,
);

const page = manPage(
  createProgram("0.0.0", async () => {}),
  exitCodes,
);

test("deploy/man/rrpc-gateway.1 is what the help says", () => {
  holdFile("deploy/man/rrpc-gateway.1", page);
});

test("the man page has every command with every option, and every exit code", () => {
  for (const command of createProgram("0.0.0", async () => {}).commands) {
    assert.ok(page.includes(`.SS "rrpc\\-gateway ${command.name().replaceAll("-", "\\-")}`), command.name());
    for (const { long } of command.options) assert.ok(page.includes(`.B ${long?.replaceAll("-", "\\-")}`), long);
  }
  assert.notEqual(exitCodes.length, 0);
  for (const [code] of exitCodes) assert.ok(page.includes(`\n.B ${code}\n`), code);
});

test("no line of it is a roff request by accident", () => {
  for (const line of page.split("\n")) {
    assert.match(line, /^(\.(\\"|TH|SH|SS|TP|PP|B|BR|br)\b|\.\\"|[^.'])|^$/);
    assert.doesNotMatch(line, /(?<!\\)`|\\(?![-e(&"])/);
  }
});
