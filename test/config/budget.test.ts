import assert from "node:assert/strict";
import { test } from "node:test";
import { budgetOf, wireBytesMax } from "../../src/config/budget.ts";
import { type WireFormat, wireTimeMs } from "../../src/protocol/wire-time.ts";

const usual: WireFormat = { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 };

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
      assert.ok(wireTimeMs(bytes, { ...usual, baudRate }) < deadlineMs);
      assert.ok(wireTimeMs(bytes + 1, { ...usual, baudRate }) >= deadlineMs);
    }
});
