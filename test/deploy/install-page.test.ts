/** docs/install.md as far as it can be judged without a machine to install on; test/system/install-page.system.ts types it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../support/documents.ts";
import { isPrinted, shellBlocks } from "../support/shell-page.ts";

const page = read("docs/install.md");

test("it is the first link of the README", () => {
  assert.equal(/\]\(([^)]+)\)/.exec(read("README.md"))?.[1], "docs/install.md");
});

test("it has six numbered steps, each with a command and what is printed", () => {
  const steps = page.slice(page.indexOf("## Six steps"), page.indexOf("\n## By hand"));
  assert.deepEqual(
    [...steps.matchAll(/^\*\*(\d)\. /gm)].map(([, number]) => number),
    ["1", "2", "3", "4", "5", "6"],
  );
  const blocks = shellBlocks(steps);
  assert.equal(blocks.length, 6);
  for (const { command, printed } of blocks) assert.notEqual(printed, undefined, command);
});

test("a secret that is typed is not shown", () => {
  const typed = page.match(/^read .*$/gm) ?? [];
  assert.ok(typed.length > 0);
  for (const command of typed) assert.match(command, /^read -rs /);
  assert.doesNotMatch(page, /Ctrl-D/);
});

test("its version is this one's", () => {
  const { version } = JSON.parse(read("package.json")) as { version: string };
  const versions = page.match(/(?<=rrpc-gateway(?:_|=| \())\d+\.\d+\.\d+/g) ?? [];
  assert.deepEqual(versions, [version, version, version]);
});

test("what is printed is compared whole, but for …", () => {
  const printed = "…\na … c\n…\nlast (1)\n";
  assert.ok(isPrinted(printed, "a b c\nlast (1)\n"));
  assert.ok(isPrinted(printed, "x\ny\na b b c  \nz\nlast (1)\n\n"));
  assert.ok(!isPrinted(printed, "a b\nlast (1)\n"));
  assert.ok(!isPrinted(printed, "a b c\nlast 1\n"));
  assert.ok(!isPrinted(printed, "a b c\nlast (1)\nmore\n"));
});
