import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { reasons } from "../../src/core/outcome.ts";
import { eventNames, replay } from "./transcript.ts";
import { bytesOf, textOf } from "./transcript-bytes.ts";
import { columns } from "./transcript-lines.ts";

const folder = join(import.meta.dirname, "transcripts");

const names = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .sort();

for (const name of names) {
  const file = join(folder, name);
  const golden = readFileSync(file, "utf8");
  const [title = name] = golden.split("\n");
  test(`transcript ${name}: ${title.replace(/^# */, "")}`, () => {
    const replayed = replay(golden);
    if (process.env["UPDATE_TRANSCRIPTS"] === "1") writeFileSync(file, replayed);
    else assert.equal(replayed, golden);
  });
}

test("a response with each reason stands in some transcript", () => {
  const stories = names.map((name) => readFileSync(join(folder, name), "utf8")).join("\n");
  const responses = stories.matchAll(/^ *\d+ {2}→cloud +\S+ \[(?:gateway|mcu) \w+\/(\w+), executed/gm);
  const shown = new Set([...responses].map(([, reason]) => reason));
  assert.deepEqual(
    Object.keys(reasons).filter((reason) => !shown.has(reason)),
    [],
    "write a transcript that shows it",
  );
});

const page = readFileSync(join(folder, "README.md"), "utf8");

test("the page about the notation has an example that is played so, every column and every event", () => {
  const [, example = ""] = /```\n([\s\S]*?)```/.exec(page) ?? [];
  assert.equal(replay(example), example);
  const codes = new Set([...page.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code));
  assert.deepEqual(
    [...columns, ...eventNames].filter((name) => !codes.has(name)),
    [],
  );
});

test("each byte has a notation of its own, a run of any byte too, and the page's examples are right", () => {
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
  const runs = Buffer.concat(Array.from(all, (byte) => Buffer.alloc(39 + (byte % 3), byte)));
  for (const bytes of [all, runs, Buffer.from("«300 × a» ␊"), Buffer.alloc(0)])
    assert.deepEqual(bytesOf(textOf(bytes)), bytes);
  assert.equal(textOf(Buffer.from("\n\r\x1b\0\\n\xe9", "latin1")), "␊␍␛␀\\n«E9»");
  assert.equal(textOf(Buffer.alloc(300, "a")), "«300 × a»");
  assert.throws(() => bytesOf("é"), /é stands for no byte/);
});

test("what is no line, no option, no event or out of its time is refused, and not left out", () => {
  for (const [text, message] of [
    ["     0  mqtt>  1 a", /no line of a transcript/],
    ["option deadlineS 3", /no such option: deadlineS/],
    ["option recovery.reset true", /no such option: reset/],
    ["     0  event   link gone", /no such event: link gone/],
    ["     0  event   suspended\n     5  mcu→    <1 ok", /when it has resumed/],
    ["    10  event   link up\n     5  event   link down", /before the line above it/],
  ] as const)
    assert.throws(() => replay(`${text}\n`), message);
});
