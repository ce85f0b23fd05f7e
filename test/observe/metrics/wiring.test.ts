/** No metric is wired to nothing, and each counter has a 0 to begin with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Metric } from "../../../src/gateway/reports/metric.ts";
import { declared, seriesOf } from "./names.ts";
import { everyObservation } from "./observations.ts";
import { openInstruments, samplesOf } from "./samples.ts";

const boards = ["north", "south"];

/** The series that a metric has from the beginning: for each value of each label that is a closed list. */
function closedSeries({ labels }: Metric, name: string, boardNames: readonly string[]): readonly string[] {
  let series = [""];
  for (const [label, values] of Object.entries(labels)) {
    if (values === "open") return [];
    const known = typeof values === "string" ? boardNames : values;
    series = series.flatMap((one) => known.map((value) => `${one === "" ? "" : `${one},`}${label}="${value}"`));
  }
  return series.map((one) => (one === "" ? name : `${name}{${one}}`));
}

const twice = (board: string) => [...everyObservation(board), ...everyObservation(board)];

test("each counter begins with a 0 for every board and every value of its closed labels", async () => {
  const samples = await samplesOf(openInstruments(boards));
  const counters = declared.filter(({ kind, name }) => kind === "counter" && !name.includes("_process_cpu_"));
  assert.ok(counters.length >= 12);
  for (const counter of counters) {
    const own = closedSeries(counter, counter.name, boards);
    assert.ok(own.length > 0, `${counter.name} has an open label, so no 0 to begin with`);
    for (const series of own) assert.equal(samples.get(series), 0, series);
  }
});

test("what is no board's is counted apart, and begins with a 0 too", async () => {
  const instruments = openInstruments(boards);
  const series = 'rrpc_gateway_dropped_total{board="",name="foreign_topic"}';
  assert.equal((await samplesOf(instruments)).get(series), 0);
  instruments.observe({ kind: "report", board: undefined, report: { kind: "dropped", name: "foreign_topic" } });
  const samples = await samplesOf(instruments);
  assert.equal(samples.get(series), 1);
  assert.equal(samples.get('rrpc_gateway_dropped_total{board="north",name="foreign_topic"}'), 0);
});

test("no histogram is without its count at the beginning", async () => {
  const samples = await samplesOf(openInstruments(boards));
  for (const histogram of declared.filter(({ kind }) => kind === "histogram"))
    for (const series of closedSeries(histogram, `${histogram.name}_count`, boards))
      assert.equal(samples.get(series), 0, series);
});

test("every series of every metric moves when everything has happened: none is wired to nothing", async () => {
  const instruments = openInstruments(boards);
  const seen = new Map<string, Set<number>>();
  const look = async () => {
    for (const [series, value] of await samplesOf(instruments))
      seen.set(series, (seen.get(series) ?? new Set()).add(value));
  };
  await look();
  for (const observation of twice("north")) {
    instruments.observe(observation);
    // Reading all after each of some 320 would take seconds; a gauge moves with few.
    if (observation.kind !== "report" || /^mcu_|^recovering$/.test(observation.report.kind)) await look();
  }
  instruments.loopLag(3);
  await look();
  for (const metric of declared) {
    const isOfProcess = /_process_|_build_info|_expiry_|_updated_/.test(metric.name);
    // A histogram's buckets have a label more.
    for (const name of seriesOf(metric).filter((one) => !one.endsWith("_bucket")))
      for (const series of closedSeries(metric, name, ["north"])) {
        const values = seen.get(series) ?? new Set();
        if (isOfProcess) assert.ok(values.size > 0 && !values.has(0), `${series} says nothing`);
        else assert.ok(values.size > 1, `nothing moves ${series}`);
      }
  }
});

test("what happens to one board moves no figure of its neighbour", async () => {
  const instruments = openInstruments(boards);
  const ofSouth = async () => [...(await samplesOf(instruments))].filter(([series]) => series.includes('"south"'));
  const before = await ofSouth();
  assert.ok(before.length > 50);
  for (const observation of twice("north")) instruments.observe(observation);
  assert.deepEqual(await ofSouth(), before);
});

test("a board that is removed has no series any more, its neighbour all of its own, and a board that comes begins with 0", async () => {
  const instruments = openInstruments(boards);
  const all = async () => new Map(await samplesOf(instruments));
  const of = async (board: string) => [...(await all()).keys()].filter((series) => series.includes(`board="${board}"`));
  instruments.loopLag(3);
  for (const board of boards) for (const observation of everyObservation(board)) instruments.observe(observation);
  const ofNorth = await of("north");
  const figures = async () =>
    [...(await all())].filter(([series]) => !/"north"|"east"|_process_|_updated_/.test(series));
  const others = await figures();
  instruments.forget("north");
  assert.deepEqual(await of("north"), []);
  instruments.addBoard("south");
  instruments.addBoard("east");
  assert.deepEqual(await figures(), others);
  const ofEast = await of("east");
  assert.deepEqual(ofEast.map((series) => series.replace("east", "north")).sort(), [...ofNorth].sort());
  for (const series of ofEast) assert.equal((await all()).get(series), series.includes("mcu_up") ? 1 : 0, series);
});
