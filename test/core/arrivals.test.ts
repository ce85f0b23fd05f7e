import assert from "node:assert/strict";
import { test } from "node:test";
import { type Arrival, Arrivals } from "./arrivals.ts";

function written(arrival: Arrival, at: number): void {
  arrival.writtenCount += 1;
  arrival.writtenAt = at;
}

test("a repetition takes what is still in flight to its session, but not what was settled before another had its id", () => {
  const arrivals = new Arrivals();
  const first = arrivals.add("5", "a", 0, 4000).arrival;
  written(first, 1);
  arrivals.endSession();
  assert.ok(arrivals.add("5", "a", 100, 4100).isRepeated);
  assert.equal(first.session, 1);
  written(arrivals.add("5", "b", 200, 4200).arrival, 201);
  arrivals.endSession();
  const last = arrivals.add("5", "a", 300, 4300);
  assert.ok(!last.isRepeated);
  assert.deepEqual(
    arrivals.missing().map(({ at }) => at),
    [300],
  );
});

test("what was missed while the process was suspended is not awaited, nor are its repetitions, but another request is", () => {
  const arrivals = new Arrivals();
  arrivals.add("7", "a", 0, 4000);
  arrivals.add("7", "a", 2000, 6000);
  arrivals.excuseOpen();
  arrivals.add("7", "b", 3000, 7000);
  arrivals.missed("7", 4100);
  assert.deepEqual(
    arrivals.awaited("7").map(({ text }) => text),
    ["b"],
  );
});

test("a repetition of what still waits shares its answer, but not of what waited on a session that is over", () => {
  const arrivals = new Arrivals();
  arrivals.add("8", "a", 0, 4000);
  assert.ok(arrivals.add("8", "a", 100, 4100).isRepeated);
  arrivals.endSession();
  assert.ok(!arrivals.add("8", "a", 200, 4200).isRepeated);
});

test("an answer that names a request means the one that was written of those that were asked alike", () => {
  const arrivals = new Arrivals();
  arrivals.add("9", "r9.a", 0, 4000);
  arrivals.endSession();
  const second = arrivals.add("9", "r9.a", 100, 4100).arrival;
  assert.equal(arrivals.ofNumber("R9")?.writtenCount, 0);
  written(second, 200);
  assert.equal(arrivals.ofNumber("R9"), second);
});
