/** docs/packages.md has the options of package.sh and the commands of a repository, and no others. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const root = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/packages.md");

test("its table has every option of package.sh", () => {
  const [, options = ""] = /^ +(--\S+(?: \| --[a-z]+)+)\) /m.exec(read("deploy/package.sh")) ?? [];
  assert.deepEqual(
    [...page.matchAll(/^\| `(--[a-z]+)/gm)].map(([, option]) => option).sort(),
    options.split(" | ").sort(),
  );
});

test("the signed list of the indexes is uploaded after them, and nothing is deleted before that", () => {
  const commands = page.match(/^rsync .*$/gm) ?? [];
  assert.equal(commands.length, 3);
  const [files = "", indexes = "", list = ""] = commands;
  assert.match(files, / dist\/repository\/pool /);
  assert.match(indexes, / --exclude='\*Release\*' dist\/repository\/dists /);
  assert.match(list, / --delete-after dist\/repository\/dists /);
  for (const command of [files, indexes]) assert.doesNotMatch(command, /--delete/);
});

test("its commands for a box are those that a repository's README.txt gives, which are tried", () => {
  const [, text = ""] = /<<TEXT\n(.+?)\nTEXT\n/s.exec(read("deploy/repository.sh")) ?? [];
  const commands = [...text.matchAll(/^ {2}((?:sudo|apt) .*)$/gm)].map(([, command = ""]) =>
    command
      .replace("$url", "https://your.domain/rrpc-gateway")
      .replace(" && sudo rm /etc/apt/sources.list.d/rrpc-gateway.sources", ""),
  );
  assert.equal(commands.length, 6);
  for (const command of commands) assert.ok(page.includes(command), command);
});
