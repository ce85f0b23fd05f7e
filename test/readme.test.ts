/** The README is a landing page; what it and the developers' pages say of the project's layout is so. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pages, read, root } from "./support/documents.ts";

const readme = read("README.md");

test("the README has at most 150 lines", () => {
  assert.ok(readme.trimEnd().split("\n").length <= 150);
});

test("the README has the commands that show the program and that test it", () => {
  for (const command of ["npm ci && npm run demo", "npm ci && npm test"])
    assert.ok(readme.includes(`\n${command}\n`), command);
});

test("the architecture's map has every folder of src, and no other", () => {
  const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  assert.deepEqual(
    [...read("docs/architecture.md").matchAll(/^\*\*`src\/([a-z-]+)`\*\*/gm)].map(([, name]) => name).sort(),
    folders.map(({ name }) => name).sort(),
  );
});

test("every npm script that a page names is there, and docs/testing.md has every script", () => {
  const { scripts } = JSON.parse(read("package.json")) as { scripts: object };
  for (const page of pages())
    for (const [, name = ""] of read(page).matchAll(/\bnpm run ([a-z:]+)/g))
      assert.ok(Object.hasOwn(scripts, name), `${page}: ${name}`);
  const testing = read("docs/testing.md");
  for (const name of Object.keys(scripts)) {
    const command = name === "test" ? "npm test" : `npm run ${name}`;
    assert.ok(testing.includes(`\`${command}`), command);
  }
});
