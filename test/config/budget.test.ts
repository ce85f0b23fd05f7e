import assert from "node:assert/strict";
import { test } from "node:test";
import { bitsPerByte, budgetOf, type WireFormat, wireBytesMax, wireMs } from "../../src/config/budget.ts";

const usual: WireFormat = { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 };

test("bits of a byte on the wire", () => {
  assert.equal(bitsPerByte(usual), 10);
  assert.equal(bitsPerByte({ ...usual, parity: "even" }), 11);
  assert.equal(bitsPerByte({ ...usual, parity: "odd", stopBits: 2 }), 12);
  assert.equal(bitsPerByte({ ...usual, dataBits: 7 }), 9);
});

test("wire time: 32 bytes each way at 115200 baud are the 5.6 ms that were measured", () => {
  assert.equal(wireMs(64, usual).toFixed(1), "5.6");
  assert.equal(wireMs(960, { ...usual, baudRate: 9600 }), 1000);
});

test("the budget is a sum", () => {
  const serial = { ...usual, baudRate: 9600, commandBytesMax: 96, replyBytesMax: 960 };
  const budget = budgetOf({ rrpc: { cutoffMs: 4000, marginMs: 500 }, serial });
  assert.deepEqual(budget, {
    cutoffMs: 4000,
    marginMs: 500,
    deadlineMs: 3500,
    commandMs: 100,
    replyMs: 1000,
    leftMs: 2400,
  });
});

test("the most bytes that fit leave something of the deadline, and one more leaves nothing", () => {
  for (const baudRate of [300, 9600, 31_250, 115_200])
    for (const deadlineMs of [1, 500, 3500, 9999]) {
      const bytes = wireBytesMax(deadlineMs, { ...usual, baudRate });
      assert.ok(wireMs(bytes, { ...usual, baudRate }) < deadlineMs);
      assert.ok(wireMs(bytes + 1, { ...usual, baudRate }) >= deadlineMs);
    }
});
