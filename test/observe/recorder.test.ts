/** The flight recorder by itself: what it keeps, and that this is bounded. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Reason } from "../../src/core/outcome.ts";
import type { Report } from "../../src/core/report.ts";
import type { Observation } from "../../src/gateway/boundary.ts";
import { IncidentDetector } from "../../src/gateway/incident.ts";
import { entryOf } from "../../src/gateway/reports/catalogue.ts";
import type { Gap } from "../../src/observe/board-recorder.ts";
import { Recorder } from "../../src/observe/recorder.ts";
import { toTraceEvent } from "../../src/observe/trace-event.ts";
import type { Entry } from "../../src/observe/trace-ring.ts";

/** All that is held, where nothing is missing. */
function entriesOf(recorder: Recorder): readonly Entry[] {
  return recorder.entries().map((entry: Entry | Gap) => {
    assert.equal(entry.kind, "entry");
    return entry as Entry;
  });
}

import { everyReport } from "../gateway/every-report.ts";

const board = "board";

const request = (processId: string, payload: Buffer, whose = board): Observation => ({
  kind: "request",
  board: whose,
  processId,
  payload,
});

/** What it has of each board: instants, or how many are missing. */
const heldBy = (recorder: Recorder, whose?: string) =>
  recorder
    .entries(whose === undefined ? {} : { board: whose })
    .map((one) => (one.kind === "gap" ? `gap ${one.count} of ${one.board}` : one.at));

test("the last 400 are kept, in order", () => {
  const recorder = new Recorder();
  assert.deepEqual(recorder.entries(), []);
  for (let n = 0; n < 1000; n += 1) recorder.record(request(`${n}`, Buffer.from(`payload ${n}`)), n);
  const entries = entriesOf(recorder);
  assert.deepEqual(
    entries.map(({ at }) => at),
    Array.from({ length: 400 }, (_, index) => 600 + index),
  );
  for (const { at, observation } of entries)
    assert.deepEqual(observation, request(`${at}`, Buffer.from(`payload ${at}`)));
});

test("bytes are copied: a view may be used again for what comes next", () => {
  const recorder = new Recorder();
  const chunk = Buffer.from("<1 first");
  recorder.record({ kind: "line_in", board, bytes: chunk }, 0);
  chunk.fill("!");
  assert.deepEqual(entriesOf(recorder)[0]?.observation, { kind: "line_in", board, bytes: Buffer.from("<1 first") });
});

test("of long bytes the beginning is kept, whole characters of it, and their number", () => {
  const recorder = new Recorder();
  recorder.record(request("1", Buffer.from(`${"x".repeat(46)}温度`)), 0);
  recorder.record({ kind: "report", board, report: { kind: "mcu_log", bytes: Buffer.alloc(5000, "y") } }, 1);
  const [first, second] = entriesOf(recorder);
  assert.deepEqual([first?.byteCount, first?.observation], [52, request("1", Buffer.from("x".repeat(46)))]);
  assert.deepEqual(second?.observation, {
    kind: "report",
    board,
    report: { kind: "mcu_log", bytes: Buffer.alloc(48, "y") },
  });
});

test("a flood of the longest texts and payloads takes constant memory", () => {
  const recorder = new Recorder();
  const long = "a".repeat(60_000);
  for (let n = 0; n < 2000; n += 1) {
    recorder.record(request(long, Buffer.alloc(16_384)), n);
    recorder.record(
      { kind: "report", board, report: { kind: "dropped", name: "foreign_topic", processId: long, detail: long } },
      n,
    );
    recorder.record({ kind: "report", board, report: { kind: "mcu_hello", text: long } }, n);
    recorder.record(
      { kind: "report", board, report: { kind: "mcu_version_unsupported", version: long, isSure: true } },
      n,
    );
  }
  assert.ok(JSON.stringify(recorder.entries()).length < 400 * 500);
});

test("whatever a report says, no text of it is kept that is longer than 64 characters", () => {
  const recorder = new Recorder();
  const names = new Set(["kind", "name", "outcome", "reason", "rung", "finding", "ours"]);
  const long = "a".repeat(10_000);
  for (const report of everyReport) {
    const lengthened = Object.entries(report).map(([key, value]) => [
      key,
      typeof value === "string" && !names.has(key) ? long : (value as unknown),
    ]);
    recorder.record({ kind: "report", board, report: Object.fromEntries(lengthened) as Report }, 0);
    const [latest] = entriesOf(recorder).slice(-1);
    assert.doesNotMatch(JSON.stringify(latest), /a{65}/, report.kind);
  }
});

const mcuSays = (line: string): Observation => ({
  kind: "report",
  board,
  report: { kind: "mcu_log", bytes: Buffer.from(line) },
});
const restart: Observation = { kind: "report", board, report: { kind: "mcu_restarted", inFlightCount: 0 } };

/** What it has of the MCU's own words, from the oldest on. */
function wordsIn(recorder: Recorder): readonly string[] {
  return recorder.entries().flatMap((entry) => {
    if (entry.kind === "gap") return [];
    const { observation } = entry;
    return observation.kind === "report" && observation.report.kind === "mcu_log"
      ? [observation.report.bytes.toString()]
      : [];
  });
}

test("what the MCU says after a restart is kept whole, and good calls do not push it out", () => {
  const recorder = new Recorder();
  const dump = Array.from({ length: 60 }, (_, line) => `register ${line} ${"0123abcd ".repeat(12)}`);
  recorder.record(restart, 1000);
  for (const [index, line] of dump.entries()) recorder.record(mcuSays(line), 1001 + index);
  for (let n = 0; n < 5000; n += 1) recorder.record(request(`${n}`, Buffer.from("on")), 2000 + n);
  assert.deepEqual(wordsIn(recorder), dump);
  recorder.record(restart, 10_000);
  assert.deepEqual(wordsIn(recorder), dump);
  recorder.record(mcuSays("another dump"), 10_001);
  assert.deepEqual(wordsIn(recorder), ["another dump"]);
});

test("what it says after a restart and may be an answer is kept whole too, as a line whose contents are not shown", () => {
  const recorder = new Recorder();
  const line = Buffer.from(`register 1 ${"0123abcd ".repeat(12)}`);
  recorder.record(restart, 1000);
  recorder.record({ kind: "line_in", board, bytes: line }, 1001);
  recorder.record({ kind: "report", board, report: { kind: "mcu_log_hidden", byteCount: line.length } }, 1001);
  for (let n = 0; n < 500; n += 1) recorder.record(request(`${n}`, Buffer.from("on")), 2000);
  assert.deepEqual(wordsIn(recorder), []);
  assert.deepEqual(recorder.entries()[0], {
    kind: "entry",
    number: 1,
    at: 1001,
    byteCount: line.length,
    observation: { kind: "line_in", board, bytes: line },
  });
});

test("of the MCU's words after a restart 8 KiB are kept, of one minute", () => {
  const recorder = new Recorder();
  recorder.record(restart, 0);
  recorder.record(mcuSays("early"), 60_000);
  recorder.record(mcuSays("late"), 60_001);
  for (let n = 0; n < 500; n += 1) recorder.record(request(`${n}`, Buffer.from("on")), 70_000);
  assert.deepEqual(wordsIn(recorder), ["early"]);
  recorder.record(restart, 100_000);
  for (let n = 0; n < 1000; n += 1) recorder.record(mcuSays("x".repeat(100)), 100_001);
  for (let n = 0; n < 500; n += 1) recorder.record(request(`${n}`, Buffer.from("on")), 200_000);
  assert.equal(wordsIn(recorder).length, 81);
});

test("a crash dump is whole from its first moment on, while it is among the last observations too", () => {
  const recorder = new Recorder();
  const line = `register ${"0123abcd ".repeat(12)}`;
  recorder.record(restart, 1000);
  recorder.record(mcuSays(line), 1001);
  assert.deepEqual(wordsIn(recorder), [line]);
  assert.equal(entriesOf(recorder).length, 2);
});

test("what went before a trouble is kept until the next one; what is missing behind it is counted", () => {
  const recorder = new Recorder();
  const record = (from: number, to: number) => {
    for (let n = from; n < to; n += 1) recorder.record(request(`${n}`, Buffer.from(`payload ${n}`)), n);
  };
  const held = () => recorder.entries().map((one) => (one.kind === "gap" ? `gap ${one.count}` : String(one.at)));
  record(0, 500);
  recorder.keep(board);
  record(500, 600);
  const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => `${from + index}`);
  assert.deepEqual(held(), numbers(100, 600));
  record(600, 5000);
  assert.deepEqual(held(), [...numbers(100, 500), "gap 4100", ...numbers(4600, 5000)]);
  const [first] = recorder.entries();
  assert.ok(first?.kind === "entry");
  assert.deepEqual(first.observation, request("100", Buffer.from("payload 100")));
  recorder.keep(board);
  assert.deepEqual(held(), numbers(4600, 5000));
});

test("a board that babbles pushes nothing of its neighbour out; what is missing of it is counted where it begins", () => {
  const recorder = new Recorder();
  recorder.record({ kind: "session", isUp: true }, 0);
  for (let n = 1; n <= 3; n += 1) recorder.record(request(`${n}`, Buffer.from("on"), "quiet"), n);
  for (let n = 10; n < 100_010; n += 1)
    recorder.record({ kind: "line_in", board: "babbler", bytes: Buffer.from("noise") }, n);
  recorder.record(request("4", Buffer.from("on"), "quiet"), 200_000);
  const ofBabbler = Array.from({ length: 400 }, (_, index) => 99_610 + index);
  assert.deepEqual(heldBy(recorder), [0, 1, 2, 3, "gap 99600 of babbler", ...ofBabbler, 200_000]);
  assert.deepEqual(heldBy(recorder, "quiet"), [0, 1, 2, 3, 200_000]);
  assert.equal(recorder.entries({ lastMax: 2 }).length, 1 + 2 + 2);
  recorder.forget("babbler");
  assert.deepEqual(heldBy(recorder), [0, 1, 2, 3, 200_000]);
});

test("what went before one board's incident is kept when another board has one", () => {
  const recorder = new Recorder();
  const record = (from: number, to: number) => {
    for (let n = from; n < to; n += 1)
      for (const whose of ["north", "south"]) recorder.record(request(`${n}`, Buffer.from("on"), whose), n);
  };
  const held = (whose: string) => heldBy(recorder, whose).filter((one) => typeof one === "number");
  record(0, 500);
  recorder.keep("north");
  record(500, 2000);
  recorder.keep("south");
  record(2000, 3000);
  const edges = (whose: string) => [0, 399, 400, 799].map((index) => held(whose)[index]);
  assert.deepEqual(edges("north"), [100, 499, 2600, 2999]);
  assert.deepEqual(edges("south"), [1600, 1999, 2600, 2999]);
});

test("the crash dumps of two boards are kept apart", () => {
  const recorder = new Recorder();
  const of = (whose: string, report: Report): Observation => ({ kind: "report", board: whose, report });
  for (const whose of ["north", "south"]) {
    recorder.record(of(whose, { kind: "mcu_restarted", inFlightCount: 0 }), 1000);
    recorder.record(of(whose, { kind: "mcu_log", bytes: Buffer.from(`${whose} boots`) }), 1001);
  }
  recorder.record(of("south", { kind: "mcu_restarted", inFlightCount: 0 }), 2000);
  recorder.record(of("south", { kind: "mcu_log", bytes: Buffer.from("south boots again") }), 2001);
  for (const whose of ["north", "south"])
    for (let n = 0; n < 500; n += 1) recorder.record(request(`${n}`, Buffer.from("on"), whose), 3000);
  assert.deepEqual(wordsIn(recorder), ["north boots", "south boots again"]);
});

test("lines show what is no payload: sigil and id, a hello, a probe; of firmware's own lines nothing", () => {
  const headOf = (line: string, hasHeads = true) => {
    const event = toTraceEvent(
      { kind: "line_in", board, bytes: Buffer.from(line) },
      { time: "", withContents: false, hasHeads },
    );
    assert.ok(event.kind === "line_in");
    return event.head;
  };
  assert.equal(headOf("<41440 secret"), "<41440");
  assert.equal(headOf("!41440 busy secret"), "!41440");
  assert.equal(headOf("@door open"), "@door");
  assert.equal(headOf(">41440*1A2B\n"), ">41440");
  assert.equal(headOf("~41440\n"), "~41440");
  assert.equal(headOf("\\!\\!*F46E\n?\n"), "?");
  assert.equal(headOf("=rrpc/1 window=4"), "=rrpc/1 window=4");
  assert.equal(headOf("<41440secret!"), undefined);
  assert.equal(headOf("the door is open"), undefined);
  assert.equal(headOf("<41440 secret", false), undefined);
});

test("an incident begins with the first report of one, and ends after ten quiet minutes, for each board", () => {
  const incidents = new IncidentDetector();
  const minutes = [0, 1, 10, 19.9, 29.9, 35, 45].map((minute) => incidents.begins(board, minute * 60_000));
  assert.deepEqual(minutes, [true, false, false, false, true, false, true]);
  assert.equal(incidents.begins("another", 45 * 60_000), true);
});

test("an answer begins no incident, nor does what could never become a command", () => {
  const begins = (report: Report) => entryOf(report).beginsIncident;
  const settled = (outcome: "ok" | Reason) =>
    begins({ kind: "settled", processId: "1", outcome, totalMs: 1, queueMs: 1, wireMs: 1, leftMs: 1 });
  const outcomes = ["ok", "refused", "too_long", "no_reply", "serial_down"] as const;
  assert.deepEqual(outcomes.map(settled), [false, false, false, true, true]);
  assert.equal(begins({ kind: "dropped", name: "late_reply" }), true);
  assert.equal(begins({ kind: "dropped", name: "unpublished_event" }), false);
});
