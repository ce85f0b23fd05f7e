/** What is worse than in an earlier run, by the JSON that it wrote. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Conformance } from "../../../src/lab/bench/conformance/check-board.ts";
import { defaultHello } from "../../../src/lab/bench/conformance/hello.ts";
import { type Figures, percentileNames, percentiles } from "../../../src/lab/bench/load/figures.ts";
import { type CurrentRun, compare } from "../../../src/lab/bench/report/compare.ts";
import { type EarlierRun, readEarlierRun } from "../../../src/lab/bench/report/earlier-run.ts";

const environment = { startedAt: "2026-01-02T03:04:05.000Z", format: "115200 8N1" };
const plan = { pace: { kind: "rate", perSecond: 20 }, sizesBytes: [16, 64] } as const;

/** All latencies as long as this. */
function figures(ms: number, change: Partial<Figures> = {}): Figures {
  const total = percentiles([ms]);
  const latency = { total, queue: total, gateway: total, wire: total, mcu: total };
  return { requests: 10, answered: 10, errors: [], shareInTime: 1, perSecond: 20, latency, histogram: [], ...change };
}

function conformance(
  verdicts: Readonly<Record<string, Conformance["results"][number]["verdict"]>>,
  hello = {},
): Conformance {
  const texts = { name: "n", section: "s", note: "", exchanged: [] };
  const results = Object.entries(verdicts).map(([id, verdict]) => ({ id, verdict, ...texts }));
  const abilities = { echoes: true, counts: true, slowMs: undefined };
  return { hello: { ...defaultHello, fw: "pump-1.4.2", ...hello }, abilities, results };
}

/** As a file would give it. */
function written(run: EarlierRun): EarlierRun {
  const read = readEarlierRun(JSON.stringify(run));
  assert.ok(typeof read !== "string", String(read));
  return read;
}

const now = (change: Partial<CurrentRun>): CurrentRun => ({
  format: environment.format,
  conformance: undefined,
  load: undefined,
  ...change,
});

test("a rule that fails is worse, one that no longer fails is better", () => {
  const before = written({
    environment,
    conformance: conformance({ once: "pass", ids: "fail", spaces: "not_judged", cancel: "pass", window: "fail" }),
  });
  const later = conformance({
    once: "fail",
    ids: "pass",
    spaces: "not_claimed",
    cancel: "not_claimed",
    window: "fail",
    new: "fail",
  });
  const { worse, better, firmware, notCompared } = compare(before, now({ conformance: later }));
  assert.deepEqual(worse, ["once: PASS, now FAIL", "cancel: PASS, now NOT CLAIMED"]);
  assert.deepEqual(better, ["ids: FAIL, now PASS"]);
  assert.deepEqual([firmware, notCompared], ["pump-1.4.2", []]);
});

test("a hello that claims less is worse", () => {
  const before = written({ environment, conformance: conformance({}, { window: 4, crc: true, lineBytesMax: 256 }) });
  const { worse, better } = compare(
    before,
    now({ conformance: conformance({}, { window: 1, lineBytesMax: 512, dedup: 4 }) }),
  );
  assert.deepEqual(worse, ["hello: window=4, now 1", "hello: crc=1, now 0"]);
  assert.deepEqual(better, ["hello: line=256, now 512", "hello: dedup=0, now 4"]);
});

test("latencies and rates count from a fifth on, and only under the same load", () => {
  const before = written({ environment, load: { plan, figures: figures(10) } });
  const other = (change: Partial<CurrentRun>) =>
    compare(before, now({ load: { plan, figures: figures(30) }, ...change }));
  assert.deepEqual(other({}).worse, ["latency p50: 10.0 ms, now 30.0 ms", "latency p99: 10.0 ms, now 30.0 ms"]);
  assert.deepEqual(other({ load: { plan, figures: figures(11.5) } }).worse, []);
  assert.deepEqual(other({ load: { plan, figures: figures(5, { perSecond: 9 }) } }), {
    startedAt: environment.startedAt,
    firmware: undefined,
    worse: ["answered per second: 20.0, now 9.0"],
    better: ["latency p50: 10.0 ms, now 5.0 ms", "latency p99: 10.0 ms, now 5.0 ms"],
    notCompared: [],
  });
  const slower = other({ format: "9600 8N1", load: { plan, figures: figures(30, { shareInTime: 0.9 }) } });
  assert.deepEqual(slower.worse, ["answered in time: 100 %, now 90.0 %"]);
  assert.match(slower.notCompared.join(), /^latencies and rate: the load was another one \(20 requests .* 9600 8N1\)$/);
  assert.deepEqual(compare(before, now({ conformance: conformance({}) })).notCompared, [
    "conformance: only in this run",
    "load: only in the earlier run",
  ]);
});

test("what is no report of the bench is told, and what is missing in it", () => {
  const load = { plan, figures: figures(1) };
  const wrongTime = Object.fromEntries(percentileNames.map((name) => [name, "1"]));
  for (const [run, part] of [
    [null, "environment"],
    [[], "environment"],
    [{ environment: { startedAt: "\x1b[2J", format: "8N1" } }, "environment"],
    [{ environment }, "conformance or load"],
    [{ environment, conformance: { results: [null] } }, "conformance.results"],
    [{ environment, conformance: { results: [{ id: "once", verdict: "toString" }] } }, "conformance.results"],
    [{ environment, conformance: { hello: { fw: 1 }, results: [] } }, "conformance.hello"],
    [{ environment, load: { ...load, plan: {} } }, "load.plan"],
    [{ environment, load: { plan } }, "load.figures"],
    [{ environment, load: { plan, figures: { ...figures(1), latency: { total: wrongTime } } } }, "load.figures"],
  ] as const)
    assert.equal(
      readEarlierRun(JSON.stringify(run)),
      `no report that bench --json has written: ${part} is missing or wrong`,
    );
  assert.match(String(readEarlierRun("{")), /^no JSON: /);
});
