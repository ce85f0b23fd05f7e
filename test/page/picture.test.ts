/** What trace events add up to, for a person at the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TraceEvent } from "../../src/observe/trace-event.ts";
import { Picture } from "../../src/page/picture.ts";
import { at, report, request, settled } from "./events.ts";

function pictureOf(events: readonly TraceEvent[], allowsContents = false): Picture {
  const picture = new Picture(at(0), allowsContents);
  picture.awayIs(undefined, at(0));
  for (const event of events) picture.take(event);
  return picture;
}

const incidentsOf = (picture: Picture, board?: string) =>
  picture.frame(board, at(100_000)).incidents.map(({ board, level, text }) => `${board ?? "-"} ${level} ${text}`);

test("a call is open from its request on, and has its parts when it is settled", () => {
  const picture = pictureOf([request(1000, "pump", "41440")]);
  assert.deepEqual(picture.frame(undefined, at(1250)).calls, [
    { board: "pump", processId: "41440", time: at(1000), outcome: "open", totalMs: 250 },
  ]);
  picture.take(settled(1300, "pump", "41440", { totalMs: 300, queueMs: 20, wireMs: 8, leftMs: 3200 }));
  assert.deepEqual(picture.frame(undefined, at(1300)).calls, [
    {
      board: "pump",
      processId: "41440",
      time: at(1000),
      outcome: "ok",
      totalMs: 300,
      deadlineMs: 3500,
      queueMs: 20,
      wireMs: 8,
    },
  ]);
});

test("the parts of a call are never longer than itself, and what was never written has none", () => {
  const picture = pictureOf([
    settled(1000, "pump", "1", { totalMs: 5, queueMs: 3, wireMs: 8 }),
    report(2000, "pump", {
      kind: "settled",
      processId: "2",
      outcome: "queue_full",
      totalMs: 0,
      queueMs: undefined,
      wireMs: undefined,
      leftMs: 3500,
    }),
  ]);
  const [refused, fast] = picture.frame(undefined, at(2000)).calls;
  assert.equal(fast?.wireMs, 2);
  assert.ok(refused !== undefined && !("queueMs" in refused) && !("wireMs" in refused));
});

test("two boards with equal processIDs have a call each, and one can be looked at alone", () => {
  const picture = pictureOf([
    request(1000, "pump", "7"),
    request(1000, "valve", "7"),
    settled(1010, "valve", "7", { outcome: "no_reply" }),
  ]);
  const shown = (board?: string) =>
    picture.frame(board, at(1020)).calls.map(({ board, outcome }) => `${board} ${outcome}`);
  assert.deepEqual(shown(), ["pump open", "valve no_reply"]);
  assert.deepEqual(shown("pump"), ["pump open"]);
  assert.deepEqual(shown("valve"), ["valve no_reply"]);
  assert.deepEqual(picture.frame("pump", at(1020)).outcomes, []);
  assert.deepEqual(
    picture.frame(undefined, at(1020)).boards.map(({ name, openCount, errorCount }) => [name, openCount, errorCount]),
    [
      ["pump", 1, 0],
      ["valve", 0, 1],
    ],
  );
});

test("an outcome is counted with what it means and whether it can have been executed", () => {
  const picture = pictureOf([
    settled(1, "pump", "1"),
    settled(2, "pump", "2", { outcome: "no_reply" }),
    settled(3, "pump", "3"),
  ]);
  assert.deepEqual(picture.frame(undefined, at(4)).outcomes, [
    { outcome: "ok", count: 2 },
    {
      outcome: "no_reply",
      count: 1,
      meaning: "the command was written, and no reply came in time",
      executed: "unknown",
    },
  ]);
});

test("a frame stays small however much happens, and says how much it does not show", () => {
  const picture = pictureOf([]);
  for (let index = 0; index < 20_000; index += 1) {
    const board = `b${index % 500}`;
    picture.take(request(index, board, String(index)));
    picture.take({ time: at(index), board, kind: "line_in", byteCount: 4, contents: { text: "x".repeat(100) } });
    picture.take(report(index, board, { kind: "mcu_restarted", inFlightCount: 0 }, "warn"));
    if (index % 2 === 0) picture.take(settled(index, board, String(index)));
  }
  assert.equal(picture.frame(undefined, at(20_000), true).hiddenCallCount, 0, "none that a new browser has missed");
  const frame = picture.frame(undefined, at(20_000));
  assert.equal(frame.calls.length, 40);
  assert.equal(frame.hiddenCallCount, 10_000 - 40);
  assert.equal(frame.boards.length, 100);
  assert.ok(JSON.stringify(frame).length < 64 * 1024, `${JSON.stringify(frame).length}`);
  assert.equal(picture.frame(undefined, at(20_000)).hiddenCallCount, 0, "told once");
  const all = [...frame.boards].flatMap(({ name }) => picture.lines(name, true) ?? []);
  assert.ok(all.length <= 100 * 100);
});

test("a call that stays open for longer than any deadline was settled where nobody looked", () => {
  const picture = pictureOf([request(0, "pump", "1")]);
  assert.equal(picture.frame(undefined, at(14_000)).calls.length, 1);
  assert.equal(picture.frame(undefined, at(16_000)).calls.length, 0);
});

test("a board is told as it is: port, MCU and hub, and since when", () => {
  const picture = pictureOf([]);
  const boardIs = () => {
    const [board] = picture.frame(undefined, at(90_000)).boards;
    return board === undefined ? undefined : `${board.state}: ${board.text}, since ${board.since}`;
  };
  assert.equal(boardIs(), undefined);
  picture.take({ time: at(1), board: "pump", kind: "link", isUp: true });
  assert.match(boardIs() ?? "", /^unknown: nothing heard of its MCU yet/);
  picture.take(report(2, "pump", { kind: "mcu_hello", text: "firmware 1" }));
  assert.equal(boardIs(), `serves: serves, since ${at(2)}`);
  picture.take(settled(3, "pump", "1"));
  assert.equal(boardIs(), `serves: serves, since ${at(2)}`);
  picture.take(report(4, "pump", { kind: "mcu_away", unansweredCount: 2, answersProbes: true }, "warn"));
  assert.match(boardIs() ?? "", /^ill: its MCU answers probes, but no command/);
  picture.take(report(5, "pump", { kind: "mcu_hello", text: "firmware 1" }));
  assert.match(boardIs() ?? "", /^ill: its MCU answers probes/, "a hello alone is no return");
  picture.take(report(6, "pump", { kind: "mcu_back", awayMs: 2, rung: "probe" }));
  assert.match(boardIs() ?? "", /^serves/);
  const notPermitted = { kind: "not_permitted" } as const;
  picture.take({ time: at(7), board: "pump", kind: "online", isUp: false, reason: notPermitted });
  assert.match(boardIs() ?? "", /^ill: the hub sends it no requests: not_permitted/);
  picture.take({ time: at(8), board: "pump", kind: "link", isUp: false });
  assert.match(boardIs() ?? "", /^away: its serial port is not open/);
  picture.take({ time: at(9), board: "pump", kind: "online", isUp: true });
  picture.take({ time: at(10), board: "pump", kind: "link", isUp: true });
  assert.match(boardIs() ?? "", /^unknown/, "another MCU may be there");
  picture.take(report(11, "pump", { kind: "board_released" }));
  picture.take({ time: at(12), board: "pump", kind: "link", isUp: false });
  assert.match(boardIs() ?? "", /^away: its serial port is released to a command/);
  picture.take(report(13, "pump", { kind: "board_taken_back", releasedMs: 2 }));
  assert.match(boardIs() ?? "", /^away: its serial port is not open/);
});

test("what happens is told once, the youngest first; how things were at the beginning is no event", () => {
  const state: readonly TraceEvent[] = [
    { time: at(10), kind: "session", isUp: true },
    { time: at(10), board: "pump", kind: "link", isUp: true },
    { time: at(10), board: "pump", kind: "online", isUp: true },
  ];
  const picture = pictureOf([...state, ...state]);
  assert.deepEqual(incidentsOf(picture), ["- good watches the gateway"]);
  picture.take({ time: at(20), kind: "session", isUp: false });
  picture.take(report(25, "valve", { kind: "mcu_restarted", inFlightCount: 1 }, "warn"));
  picture.take(report(26, "valve", { kind: "mcu_log", text: "hello" }));
  picture.take({ time: at(30), board: "pump", kind: "link", isUp: false });
  picture.take({ time: at(40), kind: "lost", count: 12 });
  assert.deepEqual(incidentsOf(picture), [
    "- warn 12 events are missing here: they came too fast",
    "pump error serial port closed",
    "valve warn text of mcu_restarted",
    "- error session down",
    "- good watches the gateway",
  ]);
  assert.deepEqual(incidentsOf(picture, "valve"), ["valve warn text of mcu_restarted"]);
});

test("a gateway that is away says why, and what was open is not shown as if it went on", () => {
  const picture = pictureOf([{ time: at(1), kind: "session", isUp: true }, request(2, "pump", "1")]);
  picture.awayIs("it has stopped", at(3));
  picture.awayIs("it has stopped", at(4));
  const frame = picture.frame(undefined, at(5));
  assert.equal(frame.away, "it has stopped");
  assert.equal(frame.session, undefined);
  assert.deepEqual(frame.calls, []);
  assert.equal(frame.incidents.filter(({ text }) => text === "it has stopped").length, 1);
});

test("what a gateway that has gone has told of its boards holds no more, and the next one says how they are", () => {
  const picture = pictureOf([
    { time: at(1), board: "pump", kind: "link", isUp: true },
    report(2, "pump", { kind: "mcu_hello", text: "firmware 1" }),
    report(3, "pump", { kind: "mcu_away", unansweredCount: 2, answersProbes: false }, "warn"),
  ]);
  const boards = () => picture.frame(undefined, at(90)).boards.map(({ name, text, hello }) => [name, text, hello]);
  assert.deepEqual(boards(), [["pump", "its MCU does not answer", "firmware 1"]]);
  picture.awayIs("it has stopped", at(4));
  assert.deepEqual(boards(), [["pump", "nothing heard of its MCU yet", undefined]]);
  const serial = { isUp: true, forMs: 1 };
  const counts = { total: {}, lastHour: {} };
  picture.statusIs(
    {
      ...{ version: "1", nodeVersion: "v20", upMs: 1, hub: serial },
      boards: [
        { name: "pump", serial, hello: "firmware 2", ...counts },
        { name: "valve", serial, mcuIncident: "answers probes, but no command (away_answers_probes)", ...counts },
        { name: "fan", serial, released: { who: "avrdude", forMs: 1 }, ...counts },
      ],
    },
    at(5),
  );
  assert.deepEqual(boards(), [
    ["fan", "its serial port is released to a command", undefined],
    ["pump", "serves", "firmware 2"],
    ["valve", "its MCU answers probes, but no command", undefined],
  ]);
});

test("after the clock is set back what happens is told first all the same", () => {
  const restarted = { kind: "mcu_restarted", inFlightCount: 0 } as const;
  const events = Array.from({ length: 100 }, (_, index) => report(1_000_000 + index, "pump", restarted, "warn"));
  const picture = pictureOf([...events, report(5, "valve", restarted, "warn")]);
  assert.equal(incidentsOf(picture)[0], "valve warn text of mcu_restarted");
  assert.equal(incidentsOf(picture).length, 60);
});

test("calls that were shown are not told as unseen", () => {
  const picture = pictureOf([]);
  for (let index = 0; index < 100; index += 1) {
    picture.take(settled(index, "pump", String(index)));
    assert.equal(picture.frame(undefined, at(index)).hiddenCallCount, 0);
  }
});

test("a reason of a later version is counted, though nobody here knows what it means", () => {
  const later = { outcome: "of_a_later_version" as "no_reply" };
  const { outcomes } = pictureOf([settled(1, "pump", "1", later)]).frame(undefined, at(2));
  assert.deepEqual(outcomes, [{ outcome: "of_a_later_version", count: 1 }]);
});

test("lines are shown with contents only where both the page and the person want it", () => {
  const events: readonly TraceEvent[] = [
    { time: at(1), board: "pump", kind: "line_out", byteCount: 9, head: ">1", contents: { text: ">1 led on\n" } },
    { time: at(2), board: "pump", kind: "line_in", byteCount: 3, contents: { text: "\u001b[2J\u202e<b>" } },
    { time: at(3), board: "pump", kind: "line_in", byteCount: 2, contents: { base64: "//8=" } },
  ];
  const texts = (allowsContents: boolean, withContents: boolean) =>
    pictureOf(events, allowsContents)
      .lines("pump", withContents)
      ?.map(({ text }) => text);
  assert.deepEqual(texts(false, true), [">1", "", ""]);
  assert.deepEqual(texts(true, false), [">1", "", ""]);
  assert.deepEqual(texts(true, true), [">1 led on", "\\x1B[2J\\u{202E}<b>", "base64 //8="]);
  assert.equal(pictureOf(events).lines("pmup", true), undefined);
});
