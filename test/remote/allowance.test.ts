import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Allowance } from "../../src/remote/allowance.ts";

test("some at once, then as many as a minute has", () => {
  const allowance = new Allowance(30);
  const at = (now: number) => Array.from({ length: 20 }, () => allowance.take(now)).filter(Boolean).length;
  assert.equal(at(5000), 10);
  assert.equal(at(5000), 0);
  assert.equal(at(6999), 0);
  assert.equal(at(7000), 1);
  assert.equal(at(67_000), 10);
});

test("where few are allowed, no more of them at once", () => {
  const allowance = new Allowance(2);
  assert.deepEqual(
    [1, 2, 3].map(() => allowance.take(0)),
    [true, true, false],
  );
});

test("fewer after a reload are fewer at once", () => {
  const allowance = new Allowance(600);
  allowance.configure(1);
  assert.deepEqual(
    [1, 2].map(() => allowance.take(0)),
    [true, false],
  );
});

test("in any time no more than the burst and what the time brings", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 200 }),
      (max, pauses) => {
        const allowance = new Allowance(max);
        let now = 0;
        let taken = 0;
        for (const pause of pauses) {
          now += pause;
          if (allowance.take(now)) taken += 1;
          assert.ok(taken <= Math.min(10, max) + (now / 60_000) * max + 1e-6);
        }
      },
    ),
  );
});
