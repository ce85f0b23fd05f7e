// What the load pass makes of calls, times and the gateway's events.
import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, histogramOf, percentiles } from "../../../src/lab/bench/load/figures.ts";
import { createGatewayRecord } from "../../../src/lab/bench/load/gateway-record.ts";
import { generateLoad } from "../../../src/lab/bench/load/generate.ts";
import { type LoadPlan, payloadOf } from "../../../src/lab/bench/load/plan.ts";
import { outcomeOf, type RequestRecord, splitOf } from "../../../src/lab/bench/load/record.ts";
import type { GatewayEvent, GatewayReport } from "../../../src/lab/harness/monitor-client.ts";

const plan: LoadPlan = {
  requests: 20,
  durationMs: undefined,
  pace: { kind: "concurrency", open: 3 },
  sizesBytes: [0, 16],
  plain: "ping",
};
const never = new AbortController().signal;

test("payloads have the sizes that were asked for, and no two are the same", () => {
  assert.equal(payloadOf(plan, 0), "ping");
  assert.equal(payloadOf(plan, 1), "ping 1 xxxxxxxxx");
  assert.equal(payloadOf({ ...plan, sizesBytes: [6] }, 5), "ping 5");
  assert.notEqual(payloadOf(plan, 1), payloadOf(plan, 3));
});

test("so many at a time, and no more", async () => {
  let [open, most, made] = [0, 0, 0];
  await generateLoad(
    plan,
    async () => {
      made++;
      most = Math.max(most, ++open);
      await new Promise(setImmediate);
      open--;
    },
    never,
  );
  assert.deepEqual([made, most], [20, 3]);
});

test("at a rate, whatever becomes of the calls before", async () => {
  const started: number[] = [];
  let release: () => void = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const rated: LoadPlan = { ...plan, requests: 10, pace: { kind: "rate", perSecond: 200 } };
  await generateLoad(
    rated,
    async (index) => {
      started.push(performance.now());
      if (index === 9) release();
      // None ends before the last one has begun.
      await held;
    },
    never,
  );
  assert.equal(started.length, 10);
  assert.ok((started[9] ?? 0) - (started[0] ?? 0) >= 40, "10 calls at 200 a second take 45 ms");
});

test("an aborted load makes no more calls", async () => {
  const controller = new AbortController();
  let made = 0;
  await generateLoad(
    plan,
    async () => {
      if (++made === 5) controller.abort();
      await new Promise(setImmediate);
    },
    controller.signal,
  );
  assert.ok(made >= 5 && made <= 7, String(made));
});

test("the gateway's events give each request's times and bytes, and the counts", () => {
  const gateway = createGatewayRecord();
  const live = (event: GatewayEvent) => gateway.take(event, "live");
  const report = (of: GatewayReport) => live({ kind: "report", report: of });
  assert.equal(gateway.isHandshakeOver(), false);
  gateway.take({ kind: "report", report: { kind: "mcu_hello" } }, "past");
  assert.equal(gateway.isHandshakeOver(), true);
  gateway.take({ kind: "report", report: { kind: "dropped", name: "stale_bytes" } }, "past");
  live({ kind: "line_out", byteCount: 2, head: "?" });
  live({ kind: "line_out", byteCount: 10, head: ">41440" });
  report({ kind: "command_resent" });
  live({ kind: "line_out", byteCount: 10, head: ">41440" });
  live({ kind: "line_in", byteCount: 9, head: "<41440" });
  assert.equal(gateway.times("41440"), undefined);
  report({ kind: "settled", processId: "41440", outcome: "ok", totalMs: 9.5, queueMs: 2.5 });
  // A second answer takes none of the request's time.
  live({ kind: "line_in", byteCount: 9, head: "<41440" });
  report({ kind: "dropped", name: "second_reply" });
  report({ kind: "settled", processId: "41441", outcome: "serial_down", totalMs: 0.1 });
  report({ kind: "bytes_skipped", skips: [{ byteCount: 4 }, { byteCount: 1 }] });
  live({ kind: "lost", count: 3 });
  assert.deepEqual(gateway.times("41440"), { totalMs: 9.5, queueMs: 2.5, lineBytes: 30 });
  assert.deepEqual(gateway.times("41441"), { totalMs: 0.1, queueMs: undefined, lineBytes: 0 });
  assert.equal(gateway.lostCount(), 3);
  assert.deepEqual(
    [...gateway.counts()],
    [
      ["resent", 1],
      ["second_reply", 1],
      ["serial_down", 1],
      ["skipped_bytes", 5],
    ],
  );
});

test("a time is split by the gateway's times and the bytes on the line", () => {
  const timing = { bitsPerByte: 10, baudRate: 10_000 };
  assert.deepEqual(splitOf(100, { totalMs: 90, queueMs: 40, lineBytes: 20 }, timing), {
    queueMs: 40,
    wireMs: 20,
    mcuMs: 30,
    gatewayMs: 10,
  });
  // A pseudo-terminal that does not wait for its bytes.
  assert.equal(splitOf(10, { totalMs: 9, queueMs: 0, lineBytes: 20 }, timing).mcuMs, 0);
});

test("a wrong reply is told from a right one, and from an error", () => {
  const times = { arrivedMs: 0, publishedMs: 0, endedMs: 1 };
  const answered = (reply: string) =>
    outcomeOf({ kind: "answered", processId: "7", payload: Buffer.from(reply), times }, "ping 7 xx", "ping");
  assert.equal(answered("ping 7 xx"), "ok");
  assert.equal(answered("7 xx"), "ok");
  assert.equal(answered("ping 8 xx"), "wrong");
  const toLed = (payload: string, reply: string) =>
    outcomeOf({ kind: "answered", processId: "7", payload: Buffer.from(reply), times }, payload, "led echo");
  assert.equal(toLed("led echo 7", "7"), "ok");
  assert.equal(toLed("led echo 7", "echo 7"), "wrong");
  assert.equal(toLed("led echo", "anything"), "ok", "too short for a number");
  assert.equal(answered('{"error":{"code":"aborted","reason":"link_lost"}}'), "aborted / link_lost");
  assert.equal(
    outcomeOf({ kind: "failed", code: "FailedOperation.DeviceOffline" }, "ping", "ping"),
    "FailedOperation.DeviceOffline",
  );
});

test("figures count what was answered in time, and nothing else", () => {
  const record = (index: number, totalMs: number, outcome = "ok"): RequestRecord => {
    return { index, processId: "7", payloadBytes: 4, startMs: index * 10, totalMs, outcome, split: undefined };
  };
  const records = [record(0, 10), record(1, 20), record(2, 4100), record(3, 5, "aborted / link_lost")];
  const figures = figuresOf(records, 4000);
  assert.deepEqual([figures.requests, figures.answered, figures.shareInTime], [4, 3, 0.5]);
  assert.deepEqual(figures.errors, [["aborted / link_lost", 1]]);
  assert.equal(figures.latency.total?.max, 4100);
  assert.equal(figures.latency.mcu, undefined);
  assert.equal(
    figures.histogram.reduce((sum, { count }) => sum + count, 0),
    3,
  );
  const none = figuresOf([], 4000);
  assert.deepEqual([none.answered, none.shareInTime, none.histogram], [0, 0, []]);
});

test("percentiles are values that came, and bars miss none", () => {
  const values = Array.from({ length: 1000 }, (_, index) => index + 1);
  assert.deepEqual(percentiles(values), { p50: 500, p90: 900, p99: 990, "p99.9": 999, max: 1000 });
  for (const some of [values, [5, 5, 5], [0, 1e6]]) {
    assert.equal(
      histogramOf(some).reduce((sum, { count }) => sum + count, 0),
      some.length,
    );
  }
});
