import assert from "node:assert/strict";
import { test } from "node:test";
import { wireTimeMs } from "../../src/protocol/wire-time.ts";

test("a character is a start bit, its data, perhaps a parity bit, and the stop bits", () => {
  const format = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;
  assert.equal(wireTimeMs(960, format), 1000);
  assert.equal(wireTimeMs(960, { ...format, parity: "even" }), 1100);
  assert.equal(wireTimeMs(960, { ...format, parity: "odd", stopBits: 2 }), 1200);
  assert.equal(wireTimeMs(960, { ...format, dataBits: 5 }), 700);
  assert.equal(wireTimeMs(1152, { ...format, baudRate: 115200 }), 100);
  assert.equal(wireTimeMs(0, format), 0);
});

test("32 bytes each way at 115200 baud take the 5.6 ms that were measured", () => {
  const format = { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 } as const;
  assert.equal(wireTimeMs(64, format).toFixed(1), "5.6");
});
