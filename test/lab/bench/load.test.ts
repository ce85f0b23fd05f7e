// What the load pass makes of calls, times and the daemon's log.
import assert from "node:assert/strict";
import { test } from "node:test";
import { figuresOf, histogramOf, percentiles } from "../../../src/lab/bench/load/figures.ts";
import { generateLoad } from "../../../src/lab/bench/load/generate.ts";
import { createJournal } from "../../../src/lab/bench/load/journal.ts";
import { type LoadPlan, payloadOf } from "../../../src/lab/bench/load/plan.ts";
import { lineBytes, outcomeOf, type RequestRecord, splitOf } from "../../../src/lab/bench/load/record.ts";

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

test("the daemon's log gives each request's times and the last counts", () => {
  const journal = createJournal();
  journal.take("12:00:00.000 info  session: up with 127.0.0.1");
  assert.equal(journal.metMcu(), false);
  journal.take("12:00:00.100 info  mcu: fw-1, window 4, line 256, crc on, dedup 8, cancel yes, boot 7F3A");
  assert.deepEqual([journal.metMcu(), journal.checksums()], [true, true]);
  journal.take("12:00:00.200 debug request 41440: ok after 9.5 ms, 2.5 ms of it queued");
  journal.take("12:00:00.300 warn  request 41441: serial_down after 0.1 ms");
  journal.take("12:00:00.400 info  stopped after 0.1 s: 12 ok, 3 no_reply, 2 late_reply, 5 resent");
  assert.deepEqual(journal.times("41440"), { totalMs: 9.5, queueMs: 2.5 });
  assert.deepEqual(journal.times("41441"), { totalMs: 0.1, queueMs: undefined });
  assert.deepEqual(
    [...journal.counts()],
    [
      ["no_reply", 3],
      ["late_reply", 2],
      ["resent", 5],
    ],
  );
  assert.equal(journal.tail().length, 4);
});

test("a time is split by the log and by the bytes on the wire", () => {
  // `>41440 ok` and `<41440 ok`, each with LF.
  const bytes = lineBytes("41440", Buffer.from("ok")) + lineBytes("41440", Buffer.from("ok"));
  assert.equal(bytes, 20);
  assert.equal(lineBytes("7", Buffer.from("a\nb")), 8);
  const wire = { bitsPerByte: 10, baudRate: 10_000 };
  assert.deepEqual(splitOf(100, { totalMs: 90, queueMs: 40 }, bytes, wire), {
    queueMs: 40,
    wireMs: 20,
    mcuMs: 30,
    gatewayMs: 10,
  });
  // A pseudo-terminal that does not wait for its bytes.
  assert.equal(splitOf(10, { totalMs: 9, queueMs: 0 }, bytes, wire).mcuMs, 0);
});

test("a wrong reply is told from a right one, and from an error", () => {
  const times = { arrivedMs: 0, publishedMs: 0, endedMs: 1 };
  const answered = (reply: string) =>
    outcomeOf({ outcome: "answered", processId: "7", payload: Buffer.from(reply), times }, "ping 7 xx", true);
  assert.equal(answered("ping 7 xx"), "ok");
  assert.equal(answered("7 xx"), "ok");
  assert.equal(answered("ping 8 xx"), "wrong");
  assert.equal(answered('{"error":{"code":"aborted","reason":"link_lost"}}'), "aborted / link_lost");
  assert.equal(
    outcomeOf({ outcome: "failed", code: "FailedOperation.DeviceOffline" }, "ping", true),
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
