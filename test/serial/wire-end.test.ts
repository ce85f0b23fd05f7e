import assert from "node:assert/strict";
import { test } from "node:test";
import { createWireEnd } from "../../src/serial/wire-end.ts";

/** 960 bytes a second. */
const format = { baudRate: 9600, dataBits: 8, parity: "none", stopBits: 1 } as const;

test("nothing was written: there is nothing to wait for", () => {
  const wire = createWireEnd(format, false);
  assert.equal(wire.leftMs(0), 0);
  assert.equal(wire.mayBeHeld(), false);
});

test("what was written leaves at the baud rate, one write behind the other, and a little later", () => {
  const wire = createWireEnd(format, false);
  for (const byteCount of [96, 48]) {
    wire.begun(byteCount);
    wire.taken(1000);
  }
  assert.equal(wire.leftMs(1000), 150 + 100);
  assert.equal(wire.leftMs(1150), 100);
  assert.equal(wire.leftMs(1250), 0);
  assert.equal(wire.mayBeHeld(), false);
});

test("a write that the kernel has not taken may be held, and is given half a second more", () => {
  const wire = createWireEnd(format, false);
  wire.begun(96);
  assert.equal(wire.leftMs(5000), 100 + 500);
  assert.equal(wire.mayBeHeld(), true);
  wire.taken(5000);
  assert.equal(wire.mayBeHeld(), false);
});

test("with flow control nobody knows: half a second more than the wire takes, and something may be left", () => {
  const wire = createWireEnd(format, true);
  wire.begun(96);
  wire.taken(0);
  assert.equal(wire.leftMs(0), 600);
  assert.equal(wire.leftMs(600), 0);
  assert.equal(wire.mayBeHeld(), true);
});

test("what was thrown away is not waited for", () => {
  const wire = createWireEnd(format, false);
  wire.begun(960);
  wire.taken(0);
  wire.flushed();
  assert.equal(wire.leftMs(1), 0);
});

test("of a long write only the driver's part is left when the kernel has taken it, and 10 s are enough for anything", () => {
  const fast = createWireEnd({ ...format, baudRate: 1_000_000 }, false);
  fast.begun(1 << 20);
  fast.taken(0);
  assert.equal(fast.leftMs(0), 163.84 + 100);
  const slow = createWireEnd({ ...format, baudRate: 300 }, false);
  slow.begun(1 << 20);
  assert.equal(slow.leftMs(0), 10_000);
});
