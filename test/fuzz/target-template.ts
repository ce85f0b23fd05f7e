import assert from "node:assert/strict";
import { templateDialect } from "../../src/protocol/template.ts";
import { compilePattern } from "../../src/protocol/template-pattern.ts";
import { parseTemplateText, unknownPlaceholder } from "../../src/protocol/template-text.ts";
import { documentedSerial } from "../protocol/documented.ts";
import type { Target } from "./fuzzer.ts";

const dialects = (["modem", "pump"] as const).flatMap((name) =>
  (["none", "backslash"] as const).map((payloadEscape) => {
    const { template } = documentedSerial(name);
    const forbidden = Buffer.from(template.payloadForbidden ?? "");
    return { forbidden, dialect: templateDialect({ ...template, payloadEscape, dataBits: 8 }), payloadEscape };
  }),
);

/** Lines that the documented dialects read, payloads that they write, and patterns that somebody may come up with. */
export const template: Target = {
  name: "template",
  seeds: [
    "+CSQ: 23,99",
    "+CME ERROR: 10",
    "RSP 7,OK,3",
    "DAT 7,mon 7",
    "RSP 7,E17,hot",
    "(?<payload>[^,]+)(a|b*)?",
    "\x1b[0m  OK\r\r",
    "> OK",
  ],
  words: [
    "RSP ",
    "OK",
    ",E1",
    "+",
    "ERROR",
    "(?<processId>",
    "(?:",
    ")*",
    "{1,32}",
    "[^",
    "\\pL",
    "{payload}",
    "\\x0a",
    "\x1b[0m",
    "> ",
    "\r",
  ],
  bytesMax: 120,
  folder: "/src/protocol/template",
  run(input) {
    for (const { dialect, forbidden, payloadEscape } of dialects) {
      const { bytes } = dialect.frame(input);
      dialect.read(bytes, false);
      dialect.misframedLine(bytes, (id) => id === "7");
      const line = dialect.command("7", input, false);
      if (payloadEscape === "backslash") assert.ok(line !== undefined);
      if (line !== undefined) checkLine(line, input, forbidden);
    }
    checkText(input.toString("latin1"));
    const compiled = compilePattern(input.toString("latin1"));
    if (compiled.kind === "unusable") return;
    for (const text of ["", "RSP 7,OK", "a".repeat(2048), input.toString("latin1")]) {
      for (const [name] of compiled.pattern.match(text) ?? []) assert.ok(compiled.pattern.names.has(name));
    }
  },
};

/** The modem's lines end in CR, the pump's in LF; nothing else in them is a control byte, nor forbidden. */
function checkLine(line: Buffer, payload: Buffer, forbidden: Buffer): void {
  const body = line.subarray(0, -1);
  assert.ok(body.every((byte) => byte >= 0x20 && byte !== 0x7f));
  assert.ok(line.length > payload.length);
  assert.ok(!body.some((byte) => forbidden.includes(byte)));
}

function checkText(source: string): void {
  const { fill, places } = parseTemplateText(source);
  const payload = Buffer.from("$&{processId}");
  const filled = fill({ processId: Buffer.from("7"), payload }).toString("latin1");
  assert.equal(
    filled.includes(payload.toString()),
    places.has("payload") || source.includes(payload.toString("latin1")),
  );
  assert.ok(unknownPlaceholder(source) === undefined || source.includes("{"));
}
