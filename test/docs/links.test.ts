/** Every link between the documents leads somewhere, and every page can be reached from the README. */
import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { test } from "node:test";
import { anchorsOf, linksOf, pages, read, root } from "../support/documents.ts";

/** A link's file, by its path from the root. */
const targetOf = (page: string, path: string) => (path === "" ? page : normalize(join(dirname(page), path)));

test("every link leads to a file, and to a heading of it", () => {
  for (const page of [...pages(), "deploy/firmware/README.md"])
    for (const { path, anchor } of linksOf(read(page))) {
      const target = targetOf(page, path);
      assert.ok(existsSync(join(root, target)), `${page} links ${target}`);
      if (anchor !== undefined)
        assert.ok(anchorsOf(read(target)).includes(anchor), `${page} links ${target}#${anchor}`);
    }
});

test("a link to a heading that is not there is noticed", () => {
  assert.deepEqual(linksOf("[a](b.md#c) [d](#e)\n```\n[no](link.md)\n```\n[f](https://g)"), [
    { path: "b.md", anchor: "c" },
    { path: "", anchor: "e" },
  ]);
  assert.deepEqual(anchorsOf("# A `b` (c)\n```sh\n# no heading\n```\n## When d: e"), ["a-b-c", "when-d-e"]);
});

test("every page is reached from the README", () => {
  const reached = new Set(["README.md"]);
  for (const page of reached)
    for (const { path } of linksOf(read(page))) {
      const target = targetOf(page, path);
      if (target.endsWith(".md") && existsSync(join(root, target))) reached.add(target);
    }
  assert.deepEqual(
    pages().filter((page) => !reached.has(page)),
    [],
  );
});

test("a page that the program, the units or a file of deploy/ names is there", () => {
  const folders = ["src", "deploy"].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
  );
  const named = [
    "rrpc-gateway.service",
    ...folders.filter((name) => /\.(ts|service|conf|rules|c|h|md|yaml)$/.test(name)),
  ];
  let count = 0;
  for (const file of named)
    for (const [page] of read(file).matchAll(/\bdocs\/[a-z-]+\.md\b/g)) {
      assert.ok(existsSync(join(root, page)), `${file} names ${page}`);
      count += 1;
    }
  assert.ok(count > 20);
});
