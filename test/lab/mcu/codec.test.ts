import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { escapeBytes, readGatewayLine, unescapeBytes } from "../../../src/lab/mcu/codec.ts";
import { crc16, withChecksum, withoutChecksum } from "../../../src/lab/mcu/crc.ts";
import { vectors } from "../../support/vectors.ts";

const bytes = fc.uint8Array().map((array) => Buffer.from(array).toString("latin1"));

test("every checksum of the protocol's table", () => {
  for (const [line = "", checksum] of vectors("checksum")) {
    assert.equal(withChecksum(line), `${line}*${checksum}`);
    assert.equal(withoutChecksum(`${line}*${checksum}`), line);
  }
});

test("a wrong, short, lower-case or missing checksum is none", () => {
  for (const line of ["<41440 ok*297D", "<41440 ok*297", "<41440 ok*297c", "<41440 ok", "*", "", "31C3"]) {
    assert.equal(withoutChecksum(line), undefined, line);
  }
});

test("any one flipped bit is found by the checksum", () => {
  const line = withChecksum(">469 a\\nb");
  for (let at = 0; at < line.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const flipped = line.slice(0, at) + String.fromCharCode(line.charCodeAt(at) ^ (1 << bit)) + line.slice(at + 1);
      assert.equal(withoutChecksum(flipped), undefined, JSON.stringify(flipped));
    }
  }
});

test("a command's payload is decoded", () => {
  const line = readGatewayLine(">469 a\\nb\\\\c\\x00\\r\\x7F\\x7f", false);
  assert.deepEqual(line, {
    kind: "command",
    id: "469",
    payload: "a\nb\\c\x00\r\x7f\x7f",
    key: `469 ${crc16(">469 a\\nb\\\\c\\x00\\r\\x7F\\x7f")}`,
  });
});

test("a command without a payload, with and without its space", () => {
  for (const line of [">7", ">7 "]) {
    const read = readGatewayLine(line, false);
    assert.ok(read.kind === "command");
    assert.equal(read.payload, "");
  }
});

test("what is none of the gateway's lines is malformed", () => {
  const lines = [
    ">",
    "> x",
    `>${"a".repeat(33)} x`,
    ">7\tx",
    ">7 a\tb",
    ">7 \\q",
    ">7 \\x0",
    ">7 \\xZZ",
    ">7 \\",
    "> 7 x",
    "~",
    "~7 x",
    "??",
    "?*C7BC",
    "<7 ok",
    "hello",
  ];
  for (const line of lines) assert.deepEqual(readGatewayLine(line, false), { kind: "malformed" }, line);
});

test("with checksums a line without one is damaged, but for a bare probe", () => {
  assert.deepEqual(readGatewayLine(">7", true), { kind: "damaged" });
  assert.deepEqual(readGatewayLine("~7*0000", true), { kind: "damaged" });
  assert.deepEqual(readGatewayLine("?", true), { kind: "probe" });
  assert.deepEqual(readGatewayLine("?*C7BC", true), { kind: "probe" });
  assert.deepEqual(readGatewayLine("~41440*FCED", true), { kind: "cancel", id: "41440" });
});

test("escaped bytes hold no control byte and come back as they were", () => {
  fc.assert(
    fc.property(bytes, (payload) => {
      const escaped = escapeBytes(payload);
      assert.ok([...escaped].every((byte) => byte >= " " && byte !== "\x7f"));
      assert.equal(unescapeBytes(escaped), payload);
    }),
  );
});
