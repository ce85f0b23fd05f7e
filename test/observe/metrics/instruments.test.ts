/** What the figures say of one gateway, without a process around them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../../../src/core/report.ts";
import type { Facts } from "../../../src/observe/metrics/facts.ts";
import { createInstruments, type Instruments } from "../../../src/observe/metrics/instruments.ts";
import { processStart } from "../../../src/observe/metrics/process-start.ts";

const facts: Facts = {
  version: "1.2.3",
  product: "ABCDEFGH12",
  device: "gateway01",
  certificateExpiresAtMs: undefined,
};

function open(with_: Partial<Facts> = {}): Instruments {
  return createInstruments({ session: false, links: new Map([["board", false]]) }, { ...facts, ...with_ });
}

async function sampleOf(instruments: Instruments, series: string): Promise<number | undefined> {
  const line = (await instruments.text()).split("\n").find((one) => one.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length));
}

function report(instruments: Instruments, report: Report): void {
  instruments.observe({ kind: "report", board: "board", report });
}

const parts = ["queue", "wire", "mcu"] as const;

for (const { name, wireMs, right } of [
  { name: "a wire that is faster than its baud rate says", wireMs: 500, right: { queue: 0.02, wire: 0.08, mcu: 0 } },
  { name: "a wire as its baud rate says", wireMs: 30, right: { queue: 0.02, wire: 0.03, mcu: 0.05 } },
]) {
  test(`queue, wire and MCU are the whole duration: ${name}`, async () => {
    const instruments = open();
    report(instruments, {
      kind: "settled",
      processId: "1",
      outcome: "ok",
      totalMs: 100,
      queueMs: 20,
      wireMs,
      leftMs: 3000,
    });
    for (const part of parts) {
      const sum = await sampleOf(instruments, `rrpc_gateway_answer_${part}_seconds_sum{board="board"}`);
      assert.ok(Math.abs((sum ?? Number.NaN) - right[part]) < 1e-9, `${part}: ${sum}`);
    }
    assert.equal(await sampleOf(instruments, 'rrpc_gateway_answer_duration_seconds_sum{board="board"}'), 0.1);
  });
}

test("what has not happened yet is 0, of each label, so that the first time is an increase", async () => {
  const text = await open().text();
  for (const series of [
    'requests_total{board="board",outcome="no_reply"}',
    'dropped_total{board="board",name="late_reply"}',
    'recovery_attempts_total{board="board",rung="probe"}',
    'recoveries_total{board="board",rung="command"}',
    'session_changes_total{to="down"}',
  ])
    assert.ok(text.includes(`rrpc_gateway_${series} 0\n`), series);
});

test("the build says version, product and device, once, and a reload's are the only ones then", async () => {
  const instruments = open();
  const series = (device: string) => `rrpc_gateway_build_info{version="1.2.3",product="ABCDEFGH12",device="${device}"}`;
  assert.equal(await sampleOf(instruments, series("gateway01")), 1);
  instruments.state({ ...facts, device: "gateway02" });
  assert.equal(await sampleOf(instruments, series("gateway01")), undefined);
  assert.equal(await sampleOf(instruments, series("gateway02")), 1);
});

test("what a label says cannot end it", async () => {
  const text = await open({ version: 'a"} 7\n\\' }).text();
  assert.ok(text.includes('rrpc_gateway_build_info{version="a\\"} 7\\n\\\\",product='), text);
});

test("the certificate's end is there where there is a certificate, and goes with it", async () => {
  const name = "rrpc_gateway_certificate_expiry_timestamp_seconds";
  const instruments = open({ certificateExpiresAtMs: 1_800_000_000_000 });
  assert.equal(await sampleOf(instruments, name), 1_800_000_000);
  instruments.state(facts);
  assert.equal(await sampleOf(instruments, name), undefined);
  assert.equal(await sampleOf(open(), name), undefined);
});

test("an MCU that answers probes and no command is told apart from one that is silent", async () => {
  const instruments = open();
  const seen = async () => [
    await sampleOf(instruments, 'rrpc_gateway_mcu_up{board="board"}'),
    await sampleOf(instruments, 'rrpc_gateway_mcu_answers_probes_only{board="board"}'),
  ];
  assert.deepEqual(await seen(), [1, 0]);
  report(instruments, { kind: "mcu_away", unansweredCount: 3, answersProbes: true });
  assert.deepEqual(await seen(), [0, 1]);
  report(instruments, { kind: "recovering", rung: "reopen", awayMs: 1000, answersProbes: false });
  assert.deepEqual(await seen(), [0, 0]);
  report(instruments, { kind: "recovering", rung: "reopen", awayMs: 2000, answersProbes: true });
  report(instruments, { kind: "mcu_back", awayMs: 3000, rung: "reopen" });
  assert.deepEqual(await seen(), [1, 0]);
});

test("an MCU counts as away no longer once its port is closed, or it is one of another version", async () => {
  const instruments = open();
  const isUp = () => sampleOf(instruments, 'rrpc_gateway_mcu_up{board="board"}');
  for (const end of [
    { kind: "mcu_unlinked" },
    { kind: "mcu_version_unsupported", version: "rrpc/2", isSure: true },
  ] as const) {
    report(instruments, { kind: "mcu_away", unansweredCount: 3, answersProbes: false });
    report(instruments, { kind: "mcu_version_unsupported", version: "rrpc/2", isSure: false });
    assert.equal(await isUp(), 0, end.kind);
    report(instruments, end);
    assert.equal(await isUp(), 1, end.kind);
  }
});

test("the start of the process stays what it was, until the clock is set", () => {
  let read = 1000;
  const start = processStart(() => read);
  read = 1000.4;
  assert.equal(start(), 1000);
  read = 5000;
  assert.equal(start(), 5000);
});
