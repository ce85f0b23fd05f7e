/** The man page is what the program's help says now. UPDATE_DOCS=1 writes it anew. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { manPage } from "../../deploy/man/man-page.ts";
import { createProgram } from "../../src/cli/program.ts";

const root = join(import.meta.dirname, "../..");

/** The rows of the README's table of exit codes. */
function exitCodes(): readonly (readonly [string, string])[] {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const [, table = ""] = /<!-- exit-codes -->\n([\s\S]*?)<!-- \/exit-codes -->/.exec(readme) ?? [];
  return [...table.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code = "", meaning = ""]) => [code, meaning]);
}

const page = manPage(createProgram("0.0.0"), exitCodes());

test("deploy/man/rrpc-gateway.1 is what the help says", () => {
  const file = join(root, "deploy/man/rrpc-gateway.1");
  if (process.env["UPDATE_DOCS"] === "1") writeFileSync(file, page);
  assert.equal(
    readFileSync(file, "utf8"),
    page,
    "rrpc-gateway.1 is out of date: UPDATE_DOCS=1 npm test writes it anew",
  );
});

test("the man page has every command with every option, and every exit code", () => {
  for (const command of createProgram("0.0.0").commands) {
    assert.ok(page.includes(`.SS "rrpc\\-gateway ${command.name().replaceAll("-", "\\-")}`), command.name());
    for (const { long } of command.options) assert.ok(page.includes(`.B ${long?.replaceAll("-", "\\-")}`), long);
  }
  assert.notEqual(exitCodes().length, 0);
  for (const [code] of exitCodes()) assert.ok(page.includes(`\n.B ${code}\n`), code);
});

test("no line of it is a roff request by accident", () => {
  for (const line of page.split("\n")) {
    assert.match(line, /^(\.(\\"|TH|SH|SS|TP|PP|B|BR|br)\b|\.\\"|[^.'])|^$/);
    assert.doesNotMatch(line, /(?<!\\)`|\\(?![-e(&"])/);
  }
});
