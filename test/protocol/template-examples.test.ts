/** The examples of docs/dialects.md: their configuration loads, and their tables are what happens. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import type { Output } from "../../src/core/output.ts";
import { defaultOptions } from "../core/default-options.ts";
import { documentedDialect, examples, page } from "./documented.ts";

const processId = "41440";

/** A row of an example's table, as it is written there: each line of text in code marks. */
interface Row {
  readonly request: string;
  readonly line: string;
  readonly heard: readonly string[];
  readonly response: string;
}

function rowsOf(example: string): Row[] {
  // Its table is the first thing between it and the next example.
  const [, after = ""] = page.split(`yaml example ${example}\n`);
  const [, table = ""] = /\n\|---.*\n([\s\S]*?)\n\n/.exec(after.split("```yaml")[0] ?? "") ?? [];
  const rows = table.split("\n").filter((row) => row !== "");
  return rows.map((row) => {
    const [request = "", line = "", heard = "", response = ""] = row.split("|").slice(1, -1);
    const [payload = ""] = codeIn(request);
    return { request: payload, line: codeIn(line)[0] ?? "", heard: codeIn(heard), response: response.trim() };
  });
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code);
}

/** Plays the row to a correlator that has just met the MCU; what comes of it, written as in the table. */
function play(example: string, { request, heard }: Row): { line: string; response: string } {
  const dialect = documentedDialect(example);
  const correlator = new Correlator({ ...defaultOptions, helloWaitMs: 0, dialect });
  // Without ids nothing is sent at first: an earlier run may have left an answer under way.
  const metAt = dialect.lateReplyWindowMs ?? 0;
  for (const kind of ["link_up", "written"] as const) correlator.step({ kind }, 0);
  const payload = Buffer.from(request);
  const outputs = [...correlator.step({ kind: "request", processId, payload, arrivedAt: metAt }, metAt)];
  const line = outputs.flatMap((output) => (output.kind === "write" ? [output.bytes.toString()] : [])).join("");
  correlator.step({ kind: "written" }, metAt);
  for (const text of heard) outputs.push(...correlator.step({ kind: "line", bytes: Buffer.from(text) }, metAt + 1));
  return { line: line.replace(/[\r\n]+$/, ""), response: outputs.flatMap(responseIn).join(", ") };
}

function responseIn(output: Output): string[] {
  if (output.kind !== "publish") return [];
  const text = output.payload.toString();
  if (text === "") return ["nothing"];
  if (!text.startsWith('{"error":')) return [inCode(text.split("\n"))];
  const { reason, mcuCode, mcuText } = JSON.parse(text).error;
  return [reason === "refused" ? `refused: ${inCode([mcuCode, mcuText])}` : `error: ${inCode([reason])}`];
}

function inCode(texts: readonly string[]): string {
  return texts
    .filter((text) => text !== "")
    .map((text) => `\`${text}\``)
    .join(" ");
}

test("every example of docs/dialects.md has a table, and every table is an example's", () => {
  assert.deepEqual(
    examples.filter((example) => rowsOf(example).length === 0),
    [],
  );
  assert.equal(page.match(/^\| request \| line \|/gm)?.length, examples.length);
});

for (const example of examples) {
  for (const row of rowsOf(example)) {
    test(`${example}: ${row.request} → ${row.line} → ${row.heard.join(" / ")} → ${row.response}`, () => {
      const { line, response } = row;
      assert.deepEqual(play(example, row), { line, response });
    });
  }
}

test("the modem's lines end in CR, the pump's in LF", () => {
  assert.equal(documentedDialect("modem").command("7", Buffer.from("CSQ"), false)?.toString(), "AT+CSQ\r");
  assert.equal(documentedDialect("pump").command("7", Buffer.from("on"), false)?.toString(), "CMD 7,on\n");
});
