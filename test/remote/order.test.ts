import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { forms, operations, readOrder } from "../../src/remote/order.ts";

const read = (text: string | Buffer) => readOrder(Buffer.from(text));
const order = (value: object) => ({ kind: "order", order: value });

test("an order is read as it is written", () => {
  for (const operation of ["status", "boards", "doctor", "dump", "reload"])
    assert.deepEqual(read(operation), order({ operation }));
  for (const operation of ["probe", "reopen", "reset"]) {
    assert.deepEqual(read(`${operation} pump-1_B`), order({ operation, board: "pump-1_B" }));
    assert.deepEqual(read(operation), order({ operation, board: undefined }));
  }
  assert.deepEqual(read("log debug for 10m"), order({ operation: "log", level: "debug", forMs: 600_000 }));
  assert.deepEqual(read("log info for 30s"), order({ operation: "log", level: "info", forMs: 30_000 }));
  assert.deepEqual(read(" log  debug for 1h\r\n"), order({ operation: "log", level: "debug", forMs: 3_600_000 }));
});

for (const text of [
  "",
  " ",
  "Status",
  "status now",
  "status\0",
  "status\tpump",
  "stat us",
  "probe pump valve",
  "probe ../../etc/passwd",
  "probe -pump",
  `probe ${"a".repeat(33)}`,
  "probe pump;reboot",
  "reset $(reboot)",
  "log",
  "log debug",
  "log debug 10m",
  "log debug for",
  "log debug for 10",
  "log debug for 0s",
  "log debug for 61m",
  "log debug for 2h",
  "log debug for 3601s",
  "log debug for -1m",
  "log debug for 1e3s",
  "log debug for 99999s",
  "log debug for 10m please",
  "log trace for 10m",
  "log error for 10m",
  "constructor",
  "__proto__",
  "toString",
  '{"operation":"status"}',
  "ſtatus",
  "status\u00a0",
])
  test(`no order: ${JSON.stringify(text)}`, () => {
    const reading = read(text);
    assert.equal(reading.kind, "no_order");
  });

test("what is wrong is told without a word of the payload", () => {
  for (const text of ["hunter2", "probe hunter2 hunter2", "log hunter2 for 1m", `hunter2${"x".repeat(100)}`]) {
    const reading = read(text);
    assert.ok(reading.kind === "no_order" && !reading.expected.includes("hunter2") && reading.expected.length < 250);
  }
});

test("each order that cannot be read names its form", () => {
  for (const operation of operations) {
    const reading = read(`${operation} 1 2 3 4`);
    assert.ok(reading.kind === "no_order" && reading.expected.startsWith(forms[operation]));
  }
});

const words = [...operations, "for", "debug", "info", "10m", "1h", "9999h", "pump", "", "\0", "\n", "é", "-", "1"];

test("any bytes are an order of the closed set within its limits, or none, and nothing is thrown", () => {
  const anything = fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.array(fc.constantFrom(...words), { maxLength: 6 }).map((parts) => Buffer.from(parts.join(" "))),
  );
  fc.assert(
    fc.property(anything, (bytes) => {
      const reading = readOrder(Buffer.from(bytes));
      if (reading.kind === "no_order") return;
      const { order } = reading;
      assert.ok(operations.includes(order.operation));
      if (order.operation === "log") assert.ok(order.forMs >= 1000 && order.forMs <= 3_600_000);
      if ("board" in order && order.board !== undefined) assert.match(order.board, /^[0-9A-Za-z_-]{1,32}$/);
      // Written as documents have it, it is the same order again.
      const text = Buffer.from(bytes)
        .toString("latin1")
        .trim()
        .replaceAll(/[ \r\n]+/g, " ");
      assert.deepEqual(readOrder(Buffer.from(text, "latin1")), reading);
    }),
    { numRuns: 5000 },
  );
});

test("what is longer than any order is none, whatever it begins with", () => {
  assert.equal(readOrder(Buffer.alloc(16 * 1024, "status ")).kind, "no_order");
});
