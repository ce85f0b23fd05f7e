import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { soleBoard } from "../../src/runtime/board-name.ts";
import { CollapsingLog, isJournalStream } from "../../src/runtime/log.ts";
import { type Level, logOf } from "../../src/runtime/logger.ts";

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
  assert.deepEqual(lines, ["<4>from outside\\x0A<3>forged\\x0D\\x1B[2J\\x07\\x9B31m ü\n"]);
});

test("what is below the level is not written, and the level can change", (context) => {
  const { log, lines } = open(context, "warn");
  log.say("info", "a", "unheard");
  log.level = "info";
  log.say("info", "a", "heard");
  assert.deepEqual(lines, ["<6>heard\n"]);
});

/** Of one kind: one because it is news, one of those in store. */
const atOnce = 2;

test("the first of a kind are written, repetitions become one line with their count", (context) => {
  const { log, lines } = open(context, "info");
  for (let id = 1; id <= 1000; id++) log.say("warn", "settled no_reply", `request ${id}: no_reply`);
  log.say("warn", "other", "other");
  const first = [1, 2].map((id) => `<4>request ${id}: no_reply\n`);
  assert.deepEqual(lines, [...first, "<4>other\n"]);
  context.mock.timers.tick(10_000);
  assert.deepEqual(lines.slice(3), ["<4>request 1000: no_reply (and 997 more like this)\n"]);
  log.say("warn", "settled no_reply", "request 1001: no_reply");
  assert.equal(lines.length, 4);
  context.mock.timers.tick(180_000);
  assert.deepEqual(lines.slice(4), ["<4>request 1001: no_reply\n"]);
});

test("what one cause says in many ways is told together: the worst first, at its level, and the latest last", (context) => {
  const { log, lines } = open(context, "info");
  const flap = () => {
    log.say("warn", "link hung_up", "link: lost", "board");
    log.say("info", "link up", "link: open", "board");
    log.say("info", "mcu_hello", "mcu: boot 1", "board");
  };
  for (let time = 0; time < 20; time++) flap();
  const first = ["<4>link: lost\n", "<6>link: open\n", "<6>mcu: boot 1\n", "<4>link: lost\n"];
  assert.deepEqual(lines, first);
  context.mock.timers.tick(10_000);
  assert.deepEqual(lines.slice(first.length), [
    "<4>link: lost (and 17 more like this, 19 × link up, 19 × mcu_hello; latest: mcu: boot 1)\n",
  ]);
});

test("what is news is told at once, four times in a day, whatever else goes on about the same", (context) => {
  const { log, lines } = open(context, "info");
  for (let time = 0; time < 100; time++) log.say("warn", "dropped malformed_line", "noise", "board");
  for (const kind of ["a", "b", "c", "d", "e", "a"]) log.say("warn", kind, kind, "board");
  assert.deepEqual(lines.slice(atOnce), ["<4>a\n", "<4>b\n", "<4>c\n"]);
  context.mock.timers.tick(10_000);
  assert.equal(lines.at(-1), "<4>a (and 98 × dropped malformed_line, 1 × d, 1 × e)\n");
});

/** A day of a board, as the daemon tells it, until all that may be told at once is used up. */
const used: readonly (readonly [level: Level, key: string])[] = [
  ["info", "link up"],
  ["info", "mcu_hello"],
  ["info", "bytes_skipped"],
  ["warn", "settled no_reply"],
  ["warn", "dropped late_reply"],
  ["warn", "dropped damaged_line"],
  ["warn", "dropped damaged_line"],
  ["warn", "mcu_restarted"],
  ["warn", "dropped stray_reply"],
];

test("an error is told at once, in its own words, whatever its cause has said before it", (context) => {
  const { log, lines } = open(context, "info");
  const say = (level: Level, key: string) => log.say(level, key, `text of ${key}`, "board");
  for (const [level, key] of used) {
    say(level, key);
    context.mock.timers.tick(200_000);
  }
  context.mock.timers.tick(3_600_000);
  say("error", "mcu_away");
  assert.equal(lines.at(-1), "<3>text of mcu_away\n");
  say("error", "mcu_version_unsupported");
  assert.equal(lines.at(-1), "<3>text of mcu_version_unsupported\n");
});

test("an error that comes again begins the summary in its own words, and every other kind is told by its name", (context) => {
  const { log, lines } = open(context, "info");
  const say = (level: Level, key: string) => log.say(level, key, `text of ${key}`, "board");
  say("error", "mcu_away");
  const kinds = Array.from({ length: 12 }, (_, n) => `kind ${n}`);
  for (const kind of ["a", "b", "c", "d"]) say("warn", kind);
  for (const kind of kinds) say("warn", kind);
  say("error", "mcu_away");
  say("warn", "settled mcu_stalled");
  context.mock.timers.tick(10_000);
  const named = kinds.map((kind) => `1 × ${kind}`).join(", ");
  assert.equal(
    lines.at(-1),
    `<3>text of mcu_away (and ${named}, 1 × settled mcu_stalled; latest: text of settled mcu_stalled)\n`,
  );
});

test("what was counted, and is not written yet, is told at once as soon as something may be", (context) => {
  const { log, lines } = open(context, "info");
  const say = (key: string) => log.say("warn", key, `text of ${key}`, "board");
  const noiseFor = (hours: number) => {
    for (let minute = 0; minute < hours * 60; minute++) {
      say("noise");
      context.mock.timers.tick(60_000);
    }
  };
  noiseFor(1);
  for (const key of ["a", "b", "c"]) say(key);
  noiseFor(23.1);
  say("d"); // In the place of the first noise, a day ago.
  assert.equal(lines.at(-1), "<4>text of d\n");
  say("late");
  noiseFor(1);
  assert.ok(!lines.join("").includes("late"), lines.join(""));
  say("late");
  assert.equal(lines.at(-1), "<4>text of late\n");
});

for (const { about, most } of [
  { about: "board", most: { early: 8, aDay: 17 } },
  { about: "mcu words", most: { early: 2, aDay: 5 } },
] as const) {
  test(`${about}: at most ${most.early} lines in 3 minutes and ${most.aDay} in any day, and all is counted`, (context) => {
    const { log, lines } = open(context, "info");
    const perHour: number[] = [];
    let saidCount = 0;
    const goOn = (seconds: number) => {
      const before = lines.length;
      for (let second = 0; second < seconds; second++) {
        // Nothing for six hours now and then: credits gather, and all of it may come again.
        const isQuiet = Math.floor(saidCount / 3600) % 10 > 6 && second % 600 !== 0;
        const kind = second % 8;
        if (!isQuiet) log.say(kind < 6 ? "warn" : "error", `kind ${kind}`, "trouble", about);
        if (!isQuiet) saidCount += 1;
        context.mock.timers.tick(1000);
      }
      return lines.length - before;
    };
    const early = goOn(180);
    assert.ok(early >= 2 && early <= most.early, `${early} lines`);
    for (let hour = 0; hour < 96; hour++) perHour.push(goOn(3600));
    const days = perHour
      .slice(0, -23)
      .map((_, from) => perHour.slice(from, from + 24).reduce((sum, one) => sum + one, 0));
    assert.ok(Math.max(...days) <= most.aDay, days.join());
    assert.ok(Math.min(...days) >= 3, days.join());
    log.flush();
    const told = lines.map((line) => {
      const counts = [...line.matchAll(/(\d+) (?:×|more like this)/g)].map(([, count]) => Number(count));
      return counts.reduce((sum, count) => sum + count, 1);
    });
    assert.equal(
      told.reduce((sum, count) => sum + count, 0),
      saidCount,
    );
  });
}

test("after a quiet time what comes is told within 10 s, and at once after half a day", (context) => {
  const { log, lines } = open(context, "info");
  const say = () => log.say("warn", "link lost", "link: lost");
  for (let time = 0; time < 100; time++) say();
  context.mock.timers.tick(60_000);
  assert.equal(lines.length, atOnce + 1);
  context.mock.timers.tick(3_600_000);
  say();
  context.mock.timers.tick(10_000);
  assert.equal(lines.length, atOnce + 2);
  context.mock.timers.tick(12 * 3_600_000);
  say();
  assert.equal(lines.length, atOnce + 3);
});

test("what one board says uses up nothing of what its neighbour may say", (context) => {
  const { log, lines } = open(context, "info");
  for (let n = 0; n < 1000; n += 1) logOf("north", log).say("warn", "noise", `noise ${n}`, "board");
  assert.ok(lines.length < 5);
  const before = lines.length;
  logOf("south", log).say("warn", "noise", "noise too", "board");
  logOf("south", log).say("warn", "noise", "and again", "board");
  assert.deepEqual(lines.slice(before), ["<4>south: noise too\n", "<4>south: and again\n"]);
});

test("each line of one of several boards begins with its name, summaries once; the sole board's do not", (context) => {
  const { log, lines } = open(context, "info");
  for (let n = 0; n < 5; n += 1) logOf("north", log).say("warn", "noise", `noise ${n}`, "board");
  logOf("north", log).say("info", "link up", "link: open", "board");
  context.mock.timers.tick(10_000);
  assert.deepEqual(lines, [
    "<4>north: noise 0\n",
    "<4>north: noise 1\n",
    "<6>north: link: open\n",
    "<4>north: noise 4 (and 2 more like this)\n",
  ]);
  logOf(soleBoard, log).say("warn", "noise", "noise", "board");
  assert.equal(lines.at(-1), "<4>noise\n");
});

test("of a board that is gone what is counted is written, and the next of its name begins anew", (context) => {
  const { log, lines } = open(context, "info");
  const say = (board: string) => logOf(board, log).say("warn", "noise", "noise", "board");
  for (let n = 0; n < 5; n += 1) for (const board of ["north", "south"]) say(board);
  const before = lines.length;
  log.forget("north");
  assert.deepEqual(lines.slice(before), ["<4>north: noise (and 2 more like this)\n"]);
  for (const board of ["north", "south"]) say(board);
  assert.deepEqual(lines.slice(before + 1), ["<4>north: noise\n"]);
});

test("flush writes what is counted and not yet written", (context) => {
  const { log, lines } = open(context, "info");
  for (const text of ["one", "two", "three", "four"]) log.say("info", "a", text);
  assert.equal(lines.length, atOnce);
  log.flush();
  assert.deepEqual(lines.slice(atOnce), ["<6>four (and 1 more like this)\n"]);
});

test("at level debug nothing is collapsed: somebody is looking", (context) => {
  const { log, lines } = open(context, "debug");
  for (let time = 0; time < 10; time++) log.say("debug", "a", "text");
  for (let time = 0; time < 10; time++) log.say("warn", "b", "text");
  assert.equal(lines.length, 20);
});

test("journald is known by the device and inode of its stream", () => {
  assert.equal(isJournalStream(2, undefined), false);
  assert.equal(isJournalStream(2, "1:1"), false);
});

test("all that is remembered waits by one timer", (context) => {
  const { log } = open(context, "info");
  const set = context.mock.method(globalThis, "setTimeout");
  for (let key = 0; key < 100; key++) for (let time = 0; time < 9; time++) log.say("info", `${key}`, "text");
  assert.equal(set.mock.callCount(), 1);
});
