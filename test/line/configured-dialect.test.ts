import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configuredDialect, type DialectOptions } from "../../src/line/configured-dialect.ts";
import { documentedSerial } from "./documented.ts";

const pump = documentedSerial("pump");

const everyKind: readonly DialectOptions[] = [
  { ...pump, dialect: "rrpc" },
  pump,
  { ...pump, template: { ...pump.template, payloadEscape: "backslash" } },
];

for (const options of everyKind) {
  const name = `${options.dialect}, escape ${options.template.payloadEscape}`;
  test(`over seven data bits a command arrives as it was sent: ${name}`, () => {
    const { command } = configuredDialect({ ...options, dataBits: 7 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
        const line = command("7", Buffer.from(bytes), true);
        assert.ok(line === undefined || line.every((byte) => byte < 0x80));
      }),
    );
  });
}

test("over eight data bits UTF-8 stands as it is", () => {
  for (const options of everyKind) {
    const line = configuredDialect({ ...options, dataBits: 8 }).command("7", Buffer.from("3 °C"), false);
    assert.ok(line?.toString().includes("3 °C"));
  }
});

test("over seven data bits no byte of a payload is a line end in disguise", () => {
  const { command } = configuredDialect({ ...pump, dialect: "rrpc", dataBits: 7 });
  assert.equal(command("7", Buffer.of(0x8a, 0x3e), false)?.toString("latin1"), ">7 \\x8A>\n");
});
