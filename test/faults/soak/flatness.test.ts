import assert from "node:assert/strict";
import { test } from "node:test";
import { coursesOf, type Sample } from "./flatness.ts";

const calm: Sample = { isCalm: true, residentMiB: 60, descriptorCount: 20, timerCount: 8 };

/** What is not flat after 16 samples, the last four of which are `last`. */
function rising(last: Partial<Sample>, before: readonly Sample[] = Array.from({ length: 12 }, () => calm)): string[] {
  const samples = [...before, ...Array.from({ length: 4 }, () => ({ ...calm, ...last }))];
  return coursesOf(samples).flatMap(({ held, isFlat }) => (isFlat ? [] : [held]));
}

test("what stays, wanders a little or falls is flat", () => {
  assert.deepEqual(rising({}), []);
  assert.deepEqual(rising({ residentMiB: 65 }), []);
  assert.deepEqual(rising({ residentMiB: 40, descriptorCount: 19, timerCount: 7 }), []);
});

test("a leak of each kind is seen", () => {
  assert.deepEqual(rising({ residentMiB: 65.1 }), ["residentMiB"]);
  assert.deepEqual(rising({ descriptorCount: 21 }), ["descriptorCount"]);
  assert.deepEqual(rising({ timerCount: 9 }), ["timerCount"]);
});

test("what a fault needs while it lasts, and what warming up takes, is no leak", () => {
  const struck: Sample = { isCalm: false, residentMiB: 90, descriptorCount: 30, timerCount: 20 };
  assert.deepEqual(rising({}, [...Array.from({ length: 12 }, () => calm), struck, struck]), []);
  const cold: Sample = { ...calm, residentMiB: 30 };
  assert.deepEqual(rising({}, [cold, cold, cold, cold, ...Array.from({ length: 8 }, () => calm)]), []);
});

test("too few samples say nothing", () => {
  assert.throws(() => coursesOf([calm, { ...calm, isCalm: false }]), /1 samples in calm are too few/);
});
