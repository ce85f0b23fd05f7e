import assert from "node:assert/strict";
import { test } from "node:test";
import { EventQueue, type QueuedEvent } from "../../src/iot-hub/event-queue.ts";

const event = (board: string, text: string): QueuedEvent => ({ board, topic: "t", payload: Buffer.from(text) });
const named = (one: QueuedEvent | undefined) => one && `${one.board} ${one.payload}`;

test("boards take turns, and each one's events keep their order", () => {
  const queue = new EventQueue();
  for (const text of ["1", "2", "3"]) queue.add(event("flood", text));
  for (const text of ["1", "2"]) queue.add(event("calm", text));
  queue.add(event("seldom", "1"));
  const taken: (string | undefined)[] = [];
  while (!queue.isEmpty) taken.push(named(queue.take()));
  assert.deepEqual(taken, ["flood 1", "calm 1", "seldom 1", "flood 2", "calm 2", "flood 3"]);
  assert.equal(queue.take(), undefined);
});

test("a board that floods finds its own queue full, and takes no place from others", () => {
  const queue = new EventQueue();
  const taken = Array.from({ length: 100 }, (_, index) => queue.add(event("flood", `${index}`)));
  assert.equal(taken.filter((isTaken) => isTaken).length, 8);
  assert.equal(queue.add(event("calm", "1")), true);
  queue.take();
  assert.equal(named(queue.take()), "calm 1", "the next turn but one");
});

test("a board that comes late waits for one turn of each other board at most", () => {
  const queue = new EventQueue();
  const others = Array.from({ length: 31 }, (_, index) => `board${index}`);
  for (const board of others) for (let count = 0; count < 8; count += 1) queue.add(event(board, `${count}`));
  queue.add(event("late", "now"));
  let turns = 1;
  while (queue.take()?.board !== "late") turns += 1;
  assert.equal(turns, 32);
});

test("what waits is a copy, and can be taken back, of one board or of all", () => {
  const queue = new EventQueue();
  const payload = Buffer.from("before");
  queue.add({ board: "a", topic: "t", payload });
  payload.fill("x");
  queue.add(event("b", "1"));
  queue.add(event("c", "1"));
  assert.deepEqual(queue.clear("a").map(named), ["a before"]);
  assert.deepEqual(queue.clear().map(named), ["b 1", "c 1"]);
  assert.deepEqual([queue.isEmpty, queue.clear("a")], [true, []]);
});
