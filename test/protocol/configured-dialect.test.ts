import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { configuredDialect, type DialectOptions } from "../../src/protocol/configured-dialect.ts";
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

test("with parity a line that has a damaged byte, which is read as NUL, settles nothing", () => {
  const { frame, read } = configuredDialect({ ...pump, dialect: "rrpc", parity: "even" });
  const kindOf = (text: string, crc = false) => read(frame(Buffer.from(text, "latin1")).bytes, crc).kind;
  assert.equal(kindOf("<1 dose=100"), "reply");
  assert.equal(kindOf("\0<1 dose=100\r"), "reply"); // In front nothing of the line is lost.
  for (const damaged of [
    "<1 dose=100\0",
    "<1 dose=100\0\r",
    "<1 dose=1\x000",
    "<1 ok\0<2 ok",
    "<\x00 ok",
    "@door\0open",
  ]) {
    assert.equal(kindOf(damaged), "malformed", JSON.stringify(damaged));
  }
  assert.equal(kindOf("<1 dose=100\0", true), "damaged");
});

test("with parity the lines of a template hold no damaged byte either", () => {
  const reply = "OK (?<processId>.+) (?<payload>.*)";
  const serial = {
    ...pump,
    template: { ...pump.template, reply, log: undefined, refusal: undefined, data: undefined },
  };
  const kindOf = (parity: "none" | "odd", text: string) => {
    const { frame, read } = configuredDialect({ ...serial, parity });
    return read(frame(Buffer.from(text, "latin1")).bytes, false).kind;
  };
  assert.equal(kindOf("none", "OK 1 100\0"), "reply");
  assert.equal(kindOf("odd", "OK 1 100\0"), "malformed");
  assert.equal(kindOf("odd", "OK 1 1\x000"), "malformed");
  assert.equal(kindOf("odd", "OK 1 100"), "reply");
});
