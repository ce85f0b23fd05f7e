import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum } from "../../src/protocol/crc16.ts";
import { escapePayload, unescapePayload } from "../../src/protocol/escape.ts";
import { cancelLine, commandLine } from "../../src/protocol/gateway-line.ts";
import { readMcuLine } from "../../src/protocol/mcu-line.ts";
import { vectors } from "../support/vectors.ts";

function bytesOfHex(hex: string): Buffer {
  return Buffer.from(hex.replaceAll(" ", ""), "hex");
}

test("every line of the contract has the contract's checksum", () => {
  for (const [line = "", sum] of vectors("checksum")) assert.equal(checksum(Buffer.from(line)), sum, line);
});

test("a line from the MCU is taken with its checksum and damaged with any other, or none", () => {
  for (const [line = "", sum] of vectors("checksum")) {
    if (!/^[<!=]/.test(line)) continue;
    const kind = line.startsWith("=") ? "hello" : readMcuLine(Buffer.from(line), false).kind;
    assert.equal(readMcuLine(Buffer.from(`${line}*${sum}`), true).kind, kind);
    assert.equal(readMcuLine(Buffer.from(`${line}*0000`), true).kind, "damaged");
    assert.equal(readMcuLine(Buffer.from(line), true).kind, "damaged");
  }
});

test("the lines that the gateway writes are those of the contract", () => {
  assert.equal(
    commandLine("41440", Buffer.from('{"cmd":"led","on":true}'), true).toString(),
    '>41440 {"cmd":"led","on":true}*0758\n',
  );
  assert.equal(commandLine("469", Buffer.from("a\nb\\c\0"), true).toString(), ">469 a\\nb\\\\c\\x00*45AD\n");
  assert.equal(commandLine("7", Buffer.alloc(0), true).toString(), ">7*602E\n");
  assert.equal(commandLine("7", Buffer.alloc(0), false).toString(), ">7\n");
  assert.equal(cancelLine("41440", true).toString(), "~41440*FCED\n");
});

test("payloads stand on the line as the contract writes them, and come back", () => {
  for (const [line = "", hex = ""] of vectors("payload")) {
    assert.equal(escapePayload(bytesOfHex(hex)).toString(), line);
    assert.deepEqual(unescapePayload(Buffer.from(line)), bytesOfHex(hex));
  }
  for (const [line = "", hex = ""] of vectors("payload-accepted")) {
    assert.deepEqual(unescapePayload(Buffer.from(line)), bytesOfHex(hex));
  }
});

test("what the contract calls malformed is malformed as a reply too", () => {
  for (const [command = ""] of vectors("malformed")) {
    const line = `<${command.slice(1)}`;
    assert.equal(readMcuLine(Buffer.from(line), false).kind, "malformed", line);
  }
});
