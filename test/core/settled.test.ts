/** What the report of a settled request says of its time: waiting, on the wire, and left until its deadline. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import type { Input } from "../../src/core/input.ts";
import { defaultOptions } from "./default-options.ts";

// 8N1: a byte has 10 bits, so it takes a millisecond.
const wireFormat = { baudRate: 10_000, dataBits: 8, parity: "none", stopBits: 1 } as const;

/** A correlator whose MCU has said hello and has a window of 1, at 100 ms. */
function withHello() {
  const correlator = new Correlator({ ...defaultOptions, wireFormat });
  const step = (now: number, input: Input) => {
    const outputs = correlator.step(input, now);
    return outputs.flatMap((output) =>
      output.kind === "report" && output.report.kind === "settled" ? output.report : [],
    );
  };
  const line = (now: number, text: string) => step(now, { kind: "line", bytes: Buffer.from(text) });
  const request = (now: number, processId: string) =>
    step(now, { kind: "request", processId, payload: Buffer.from("get"), arrivedAt: now });
  step(0, { kind: "link_up" });
  step(0, { kind: "written" });
  line(100, "=rrpc/1 boot=1");
  return { step, line, request };
}

test("a reply: its command and itself on the wire, line ends included, and the wait behind another one", () => {
  const { step, line, request } = withHello();
  request(1000, "a");
  request(1001, "b");
  step(1002, { kind: "written" });
  line(1040, "<a 12");
  step(1041, { kind: "written" });
  const [settled] = line(1070, "<b 1");
  const { deadlineMs } = defaultOptions;
  const { totalMs, queueMs, wireMs, leftMs } = settled ?? assert.fail("b is settled");
  // ">b get" and LF are 7 bytes, "<b 1" and LF are 5.
  assert.deepEqual(
    { totalMs, queueMs, wireMs, leftMs },
    { totalMs: 69, queueMs: 39, wireMs: 12, leftMs: deadlineMs - 69 },
  );
});

test("no reply: only the command was on the wire", () => {
  const { step, request } = withHello();
  request(1000, "a");
  const [settled] = step(1000 + defaultOptions.deadlineMs, { kind: "alarm" });
  assert.deepEqual([settled?.outcome, settled?.wireMs, settled?.leftMs], ["write_stalled", 7, 0]);
});

test("never sent: nothing was on the wire", () => {
  const { step, request } = withHello();
  step(500, { kind: "link_down" });
  const [settled] = request(1000, "a");
  assert.deepEqual(
    [settled?.outcome, settled?.wireMs, settled?.leftMs],
    ["serial_down", undefined, defaultOptions.deadlineMs],
  );
});
