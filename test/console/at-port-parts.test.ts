/** What the console at a free port keeps beside the gateway's core: writes, requests, and commands that were typed as lines. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ConsoleMessage } from "../../src/console/board.ts";
import { OwnCalls } from "../../src/console/own-calls.ts";
import { TypedBytes } from "../../src/console/typed-bytes.ts";
import { TypedCommands } from "../../src/console/typed-commands.ts";
import { WriteQueue } from "../../src/console/write-queue.ts";

test("the port is handed one write at a time, in order, and the core is told of its own alone", () => {
  const log: string[] = [];
  const queue = new WriteQueue(({ bytes }) => log.push(`write ${bytes}`));
  const add = (text: string, isCore: boolean) =>
    queue.add({ bytes: Buffer.from(text), onWritten: isCore ? () => log.push(`written ${text}`) : undefined });
  add("a", true);
  add("typed", false);
  add("b", true);
  assert.deepEqual(log.splice(0), ["write a"]);
  queue.written();
  assert.deepEqual(log.splice(0), ["write typed", "written a"]);
  queue.written();
  assert.deepEqual(log.splice(0), ["write b"]);
  add("lost", true);
  queue.clear();
  add("c", true);
  assert.deepEqual(log.splice(0), ["write c"]);
});

test("a command that the core has given up behind what was typed is never written, and the core goes on", () => {
  const log: string[] = [];
  const queue = new WriteQueue(({ bytes }) => log.push(`write ${bytes}`));
  const add = (text: string, isCore: boolean) =>
    queue.add({ bytes: Buffer.from(text), onWritten: isCore ? () => log.push(`written ${text}`) : undefined });
  add("typed", false);
  add("stale", true);
  add("typed too", false);
  queue.giveUp();
  queue.written();
  assert.deepEqual(log.splice(0), ["write typed", "write typed too", "written stale"]);
  add("next", true);
  queue.written();
  // The port has begun it: it is not taken back.
  queue.giveUp();
  queue.written();
  assert.deepEqual(log, ["write next", "written next"]);
});

test("what is typed as bytes is the lines that it ends, and half a line", () => {
  const bytes = new TypedBytes();
  assert.deepEqual(bytes.take(Buffer.from(">7 l")), []);
  assert.equal(bytes.isHalf, true);
  assert.deepEqual(bytes.take(Buffer.from("ed\n?\n")).map(String), [">7 led", "?"]);
  assert.equal(bytes.isHalf, false);
  bytes.take(Buffer.from("?"));
  bytes.clear();
  assert.deepEqual(bytes.take(Buffer.from("\n")).map(String), [""]);
});

test("what the core writes when it is told of a write follows what waits already", () => {
  const log: string[] = [];
  const queue = new WriteQueue(({ bytes }) => log.push(String(bytes)));
  queue.add({ bytes: Buffer.from("a"), onWritten: () => queue.add({ bytes: Buffer.from("b"), onWritten: undefined }) });
  queue.written();
  assert.deepEqual(log, ["a", "b"]);
});

test("a typed command is answered once, or its time is over; what is no command is awaited by nobody", async () => {
  const told: ConsoleMessage[] = [];
  let changed = () => {};
  const commands = new TypedCommands(20, (message) => {
    told.push(message);
    changed();
  });
  assert.equal(commands.written(Buffer.from("?"), 0), false);
  assert.equal(commands.written(Buffer.from(">7 a"), 1), true);
  assert.equal(commands.written(Buffer.from(">7 again"), 2), false);
  assert.equal(commands.written(Buffer.from(">8"), 3), true);
  const answered = commands.answered("7");
  assert.ok(answered?.ref === 1 && answered.ms >= 0);
  assert.equal(commands.answered("7"), undefined);
  await new Promise<void>((resolve) => {
    changed = resolve;
  });
  assert.deepEqual(told, [{ kind: "unanswered", ref: 3, executed: "unknown", text: "no reply to 8 within 20 ms" }]);
  commands.written(Buffer.from(">9 b"), 4);
  commands.close();
  assert.deepEqual(told[1], {
    kind: "unanswered",
    ref: 4,
    executed: "unknown",
    text: "the port was closed before 9 was replied to",
  });
});

test("each request of the console has one end: its answer, or that it came too late", () => {
  const told: ConsoleMessage[] = [];
  let now = 100;
  const calls = new OwnCalls(
    () => now,
    (message) => told.push(message),
  );
  const [a, b] = [calls.begin(0), calls.begin(1)];
  assert.match(a, /^\d+$/);
  assert.notEqual(a, b);
  now = 108;
  assert.equal(calls.answered(a, Buffer.from("ok")), "sent");
  assert.equal(calls.answered(a, Buffer.from("ok")), "not_connected");
  calls.reported({ kind: "dropped", name: "late_reply", processId: b });
  calls.reported({ kind: "dropped", name: "missed_deadline", processId: b });
  calls.reported({ kind: "dropped", name: "missed_deadline", processId: b });
  assert.ok(told[0]?.kind === "answer");
  const { time, ...answer } = told[0];
  assert.ok(!Number.isNaN(Date.parse(time)));
  assert.deepEqual(
    [answer, ...told.slice(1)],
    [
      { kind: "answer", ref: 0, processId: a, payload: { text: "ok" }, ms: 8 },
      { kind: "unanswered", ref: 1, executed: "unknown", text: "its deadline was over when its answer came" },
    ],
  );
});
