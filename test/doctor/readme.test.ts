/** The README's table of findings is the code's. UPDATE_DOCS=1 writes it anew. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { subjects } from "../../src/doctor/finding.ts";

test("every finding is in the README's table", () => {
  const file = join(import.meta.dirname, "../../README.md");
  const readme = readFileSync(file, "utf8");
  const rows = Object.entries(subjects).map(([id, subject]) => `| \`${id}\` | ${subject} |\n`);
  const table = `| id | what is looked at |\n|---|---|\n${rows.join("")}`;
  const section = /(?<=<!-- doctor-findings -->\n)[\s\S]*(?=<!-- \/doctor-findings -->)/;
  assert.match(readme, section);
  const updated = readme.replace(section, () => table);
  if (process.env["UPDATE_DOCS"] === "1" && updated !== readme) writeFileSync(file, updated);
  assert.equal(readFileSync(file, "utf8"), updated, "README.md is out of date: UPDATE_DOCS=1 npm test writes it anew");
});
