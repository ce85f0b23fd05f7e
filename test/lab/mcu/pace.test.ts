import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { createPace, type PaceShape } from "../../../src/lab/mcu/pace.ts";

/** Takes everything as it comes out: when, and what. */
function comesOut(shape: PaceShape, pushes: readonly (readonly [at: number, bytes: string])[]) {
  const pace = createPace(shape);
  const out: [at: number, bytes: string][] = [];
  const takeUntil = (end: number) => {
    for (let at = pace.nextAt(); at !== undefined && at <= end; at = pace.nextAt()) out.push([at, pace.take(at)]);
  };
  for (const [at, bytes] of pushes) {
    takeUntil(at);
    pace.push(bytes, at);
  }
  takeUntil(Number.POSITIVE_INFINITY);
  return out;
}

test("without a rate everything is there at once", () => {
  assert.deepEqual(comesOut({ byteMs: 0, pieceBytes: 16, holdMs: 0 }, [[5, "x".repeat(40)]]), [[5, "x".repeat(40)]]);
});

test("pieces of a FIFO come out when their last byte has passed", () => {
  assert.deepEqual(comesOut({ byteMs: 1, pieceBytes: 4, holdMs: 0 }, [[100, "abcdefghij"]]), [
    [104, "abcd"],
    [108, "efgh"],
    [110, "ij"],
  ]);
});

test("what comes while the wire is busy queues behind, a pause is not made up for", () => {
  const pushes = [
    [0, "abc"],
    [1, "de"],
    [45, "f"],
  ] as const;
  assert.deepEqual(comesOut({ byteMs: 10, pieceBytes: 2, holdMs: 0 }, pushes), [
    [20, "ab"],
    [40, "cd"],
    [60, "ef"],
  ]);
});

test("bytes for themselves: woken at line ends, and all that has passed can be had at any time", () => {
  const shape = { byteMs: 1, holdMs: 0 };
  assert.deepEqual(comesOut(shape, [[0, "ab\ncd\ne"]]), [
    [3, "ab\n"],
    [6, "cd\n"],
    [7, "e"],
  ]);
  const pace = createPace(shape);
  pace.push("ab\n", 0);
  assert.deepEqual([pace.take(1.5), pace.take(2), pace.take(3)], ["a", "b", "\n"]);
});

test("lines held together come out as one", () => {
  const pushes = [
    [0, "a\n"],
    [3, "b\n"],
    [20, "c\n"],
  ] as const;
  assert.deepEqual(comesOut({ byteMs: 0, holdMs: 10, pieceBytes: 16 }, pushes), [
    [10, "a\nb\n"],
    [30, "c\n"],
  ]);
});

test("a cleared wire is empty and idle", () => {
  const pace = createPace({ byteMs: 1, holdMs: 0 });
  pace.push("abc\n", 0);
  pace.clear();
  assert.equal(pace.nextAt(), undefined);
  pace.push("d\n", 1);
  assert.equal(pace.nextAt(), 3);
});

test("at every rate and hour nothing is lost, reordered, early, or late", () => {
  const pushes = fc.array(fc.tuple(fc.integer({ min: 0, max: 50 }), fc.string({ minLength: 1, maxLength: 40 })));
  const bauds = fc.constantFrom(300, 9600, 115_200, 921_600, 4_000_000);
  fc.assert(
    fc.property(
      pushes,
      bauds,
      fc.integer({ min: 1, max: 20 }),
      fc.double({ min: 0, max: 1e9, noNaN: true }),
      (given, baud, pieceBytes, start) => {
        const byteMs = 10_000 / baud;
        let at = start;
        const timed = given.map(([pause, bytes]): [number, string] => {
          at += pause;
          return [at, bytes];
        });
        const out = comesOut({ byteMs, pieceBytes, holdMs: 0 }, timed);
        assert.equal(out.map(([, bytes]) => bytes).join(""), timed.map(([, bytes]) => bytes).join(""));
        let freeAt = start;
        for (const [pushedAt, bytes] of timed) freeAt = Math.max(freeAt, pushedAt) + bytes.length * byteMs;
        const lastAt = out.at(-1)?.[0] ?? start;
        assert.ok(Math.abs(lastAt - freeAt) < 0.001 || timed.length === 0, `${lastAt} ${freeAt}`);
      },
    ),
  );
});
