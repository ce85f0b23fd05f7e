/** The security page: each of its rows names tests, and each of these exists. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");
const read = (path: string) => readFileSync(join(root, path), "utf8");

/** The rows of the page's tables, heads and rules aside. */
function rows(text: string): string[][] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("|") && !line.startsWith("|---") && !line.endsWith("| shown by |"))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** A title as it may stand in a test's declaration, a template or a constant of another name. */
const declaration = /\b(?:test|says)[(:]\s*("(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|[\w.]+)\s*[,(]/g;

/** Whether a file declares a test of this title; the first words may be those of the `describe` around it. */
function declares(path: string, title: string): boolean {
  const text = read(path);
  if (path.endsWith(".txt")) return text.startsWith(`# ${title}\n`);
  const groups = [...text.matchAll(/\bdescribe\("([^"]+)"/g)].map(([, group = ""]) => `${group} `);
  const titles = ["", ...groups].filter((group) => title.startsWith(group)).map((group) => title.slice(group.length));
  return [...text.matchAll(declaration)].some(([, declared = ""]) => titles.some((one) => is(one, declared, path)));
}

function is(title: string, declared: string, path: string): boolean {
  if (declared.startsWith('"')) return JSON.parse(declared) === title;
  // What a test is called by a variable stands somewhere beside it.
  const beside = () => {
    const folder = join(root, dirname(path));
    const files = readdirSync(folder).filter((name) => name.endsWith(".ts"));
    return files.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  };
  if (!declared.startsWith("`")) return beside().includes(JSON.stringify(title));
  const parts = declared.slice(1, -1).split(/\$\{[^}]*\}/);
  const pattern = new RegExp(`^${parts.map((part) => part.replace(/[^\w\s]/g, "\\$&")).join("(.+)")}$`);
  const values = pattern.exec(title)?.slice(1);
  return values?.every((value) => beside().includes(value)) ?? false;
}

test("every row of the security page has what stops it, and tests that exist", () => {
  const found = rows(page);
  assert.ok(found.length > 40, `${found.length} rows`);
  for (const [threat = "", stopped = "", shown = "", ...more] of found) {
    assert.deepEqual(more, [], threat);
    assert.match(threat, /^[A-Z]/);
    assert.match(stopped, /\.$/, threat);
    for (const reference of shown.split("<br>")) {
      const [, path = "", title = ""] = /^`(test\/[^`]+)` (.+)$/.exec(reference) ?? [];
      assert.ok(path !== "" && existsSync(join(root, path)), `${threat}: no file in ${reference}`);
      assert.ok(declares(path, title), `${path} has no test "${title}"`);
    }
  }
});

test("a test that is not there would be noticed", () => {
  const path = "test/mqtt/connection-tls.test.ts";
  assert.ok(declares(path, "a server that speaks no TLS"));
  assert.ok(declares(path, "tls: the wrong CA is tls_ca_wrong"));
  assert.ok(!declares(path, "a server that speaks no TL"));
  assert.ok(!declares(path, "tls: the wrong CA is tls_ca_right"));
  assert.ok(declares("test/e2e/request.test.ts", "a request at QoS 1 is answered once, too"));
  assert.ok(!declares("test/e2e/request.test.ts", "a reply at QoS 1 is answered once, too"));
  assert.ok(declares("test/config/faults.test.ts", "files that are none"));
  assert.ok(!declares("test/core/transcripts/queue.txt", "more requests"));
});
