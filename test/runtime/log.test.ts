import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Level } from "../../src/ports.ts";
import { CollapsingLog, isJournalStream } from "../../src/runtime/log.ts";

function open(context: TestContext, level: Level, journald = true) {
  context.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const lines: string[] = [];
  const log = new CollapsingLog({ level, journald, write: (line) => lines.push(line), now: Date.now });
  return { log, lines };
}

test("a line begins with its priority for journald, and with the time for a person", (context) => {
  const { log, lines } = open(context, "debug");
  for (const level of ["debug", "info", "warn", "error"] as const) log.say(level, level, "text");
  assert.deepEqual(lines, ["<7>text\n", "<6>text\n", "<4>text\n", "<3>text\n"]);
  context.mock.timers.reset();
  const terminal = open(context, "info", false);
  terminal.log.say("warn", "key", "text");
  assert.match(terminal.lines[0] ?? "", /^\d\d:\d\d:\d\d\.\d{3}Z warn {2}text\n$/);
});

test("a message is one line, whatever is in it, and steers no terminal", (context) => {
  const { log, lines } = open(context, "info");
  log.say("warn", "key", "from outside\n<3>forged\r\x1b[2J\x07\u009b31m ü");
  assert.deepEqual(lines, ["<4>from outside\\u{a}<3>forged\\u{d}\\u{1b}[2J\\u{7}\\u{9b}31m ü\n"]);
});

test("what is below the level is not written, and the level can change", (context) => {
  const { log, lines } = open(context, "warn");
  log.say("info", "a", "unheard");
  log.level = "info";
  log.say("info", "a", "heard");
  assert.deepEqual(lines, ["<6>heard\n"]);
});

test("the first three of a kind are written, repetitions become one line with their count", (context) => {
  const { log, lines } = open(context, "info");
  for (let id = 1; id <= 1000; id++) log.say("warn", "settled no_reply", `request ${id}: no_reply`);
  log.say("warn", "other", "other");
  const first = [1, 2, 3].map((id) => `<4>request ${id}: no_reply\n`);
  assert.deepEqual(lines, [...first, "<4>other\n"]);
  context.mock.timers.tick(10_000);
  assert.deepEqual(lines.slice(4), ["<4>request 1000: no_reply (and 996 more like this)\n"]);
  log.say("warn", "settled no_reply", "request 1001: no_reply");
  assert.equal(lines.length, 5);
  context.mock.timers.tick(30_000);
  assert.deepEqual(lines.slice(5), ["<4>request 1001: no_reply\n"]);
});

test("what goes on is told at growing intervals: at most 10 lines in 3 minutes, 24 a day later, and all of it is counted", (context) => {
  const { log, lines } = open(context, "info");
  const secondsOfDay = 24 * 60 * 60;
  let saidCount = 0;
  const goOn = (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      log.say("info", "mcu log", "mcu says: tick");
      saidCount += 1;
      context.mock.timers.tick(1000);
    }
    return lines.length;
  };
  const early = goOn(180);
  assert.ok(early >= 4 && early <= 10, `${early} lines`);
  goOn(secondsOfDay);
  const before = lines.length;
  const aDay = goOn(secondsOfDay) - before;
  assert.ok(aDay >= 23 && aDay <= 24, `${aDay} lines`);
  log.flush();
  const told = lines.map((line) => Number(/and (\d+) more/.exec(line)?.[1] ?? 0) + 1);
  assert.equal(
    told.reduce((sum, count) => sum + count, 0),
    saidCount,
  );
});

test("what comes every two minutes is told as seldom", (context) => {
  const { log, lines } = open(context, "info");
  const goOn = (times: number) => {
    for (let time = 0; time < times; time++) {
      log.say("warn", "link lost", "link: lost");
      context.mock.timers.tick(120_000);
    }
    return lines.length;
  };
  goOn(720);
  const before = lines.length;
  assert.ok(goOn(720) - before <= 24, `${lines.length - before} lines`);
});

test("a pause that is over, and an hour of quiet: the next one is told at once, and then the next three", (context) => {
  const { log, lines } = open(context, "info");
  const say = () => log.say("warn", "link lost", "link: lost");
  for (let time = 0; time < 3; time++) say();
  context.mock.timers.tick(10_000);
  say();
  assert.equal(lines.length, 4);
  say();
  assert.equal(lines.length, 4);
  for (const ms of [30_000, 90_000, 3_600_000]) context.mock.timers.tick(ms);
  assert.equal(lines.length, 5);
  for (let time = 0; time < 3; time++) say();
  assert.equal(lines.length, 8);
});

test("flush writes what is counted and not yet written", (context) => {
  const { log, lines } = open(context, "info");
  for (const text of ["one", "two", "three", "four", "five"]) log.say("info", "a", text);
  assert.equal(lines.length, 3);
  log.flush();
  assert.deepEqual(lines.slice(3), ["<6>five (and 1 more like this)\n"]);
});

test("debug lines are never collapsed", (context) => {
  const { log, lines } = open(context, "debug");
  log.say("debug", "a", "one");
  log.say("debug", "a", "two");
  assert.equal(lines.length, 2);
});

test("journald is known by the device and inode of its stream", () => {
  assert.equal(isJournalStream(2, undefined), false);
  assert.equal(isJournalStream(2, "1:1"), false);
});

test("all that is remembered waits by one timer", (context) => {
  const { log } = open(context, "info");
  const set = context.mock.method(globalThis, "setTimeout");
  for (let key = 0; key < 100; key++) for (let time = 0; time < 5; time++) log.say("info", `${key}`, "text");
  const cleared = 1; // For the first pause, which is shorter than what forgetting takes.
  assert.equal(set.mock.callCount() - cleared, 1);
});
