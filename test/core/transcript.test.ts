import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { replay } from "./transcript.ts";

const folder = join(import.meta.dirname, "transcripts");

for (const name of readdirSync(folder).sort()) {
  const file = join(folder, name);
  const golden = readFileSync(file, "utf8");
  const [title = name] = golden.split("\n");
  test(`transcript ${name}: ${title.replace(/^# */, "")}`, () => {
    const replayed = replay(golden);
    if (process.env["UPDATE_TRANSCRIPTS"] === "1") writeFileSync(file, replayed);
    else assert.equal(replayed, golden);
  });
}
