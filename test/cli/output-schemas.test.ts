/** docs/schemas says what commands print for programs; each command's own test holds what it really prints to it. UPDATE_DOCS=1 writes the files. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hold, holdSchemaFile } from "../support/schema.ts";
import { doctorReport, eventMessage, outputSchemas } from "./output-schemas.ts";

for (const [file, schema] of Object.entries(outputSchemas))
  test(`docs/schemas/${file} is what the tests hold`, () => holdSchemaFile(file, schema));

test("a report that is not of the schema is objected to", () => {
  const finding = { id: "secret", code: "private", state: "ok", subject: "s", evidence: "e" };
  const report = (change: object) => ({
    status: "ok",
    config: "/c.yaml",
    user: "root",
    findings: [{ ...finding, ...change }],
  });
  hold(doctorReport, report({}));
  hold(doctorReport, report({ id: "hub.tls", code: "tls_ca_wrong", help: "h" }));
  for (const change of [{ id: "oracle" }, { code: "tls_ca_wrong" }, { state: "good" }, { help: 1 }, { colour: "red" }])
    assert.throws(() => hold(doctorReport, report(change)), JSON.stringify(change));
});

test("the examples of docs/events.md are of the schema", () => {
  const page = readFileSync(join(import.meta.dirname, "../../docs/events.md"), "utf8");
  const lines = [...page.matchAll(/^```json event\n(.*?)```$/gms)].flatMap(([, block = ""]) =>
    block.trim().split("\n"),
  );
  assert.equal(lines.length, 4);
  for (const line of lines) hold(eventMessage, JSON.parse(line));
});
