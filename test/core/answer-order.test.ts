/** Answers without ids: what each is to, and when nothing may be sent. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerOrder } from "../../src/core/answer-order.ts";

const quietMs = 5000;
const usualMs = 800;

/** One that is in step, at 10 000. */
function inStep(): AnswerOrder {
  const order = new AnswerOrder(quietMs);
  order.linkUp(0);
  assert.ok(order.isHeld(quietMs - 1));
  assert.ok(!order.isHeld(10_000));
  return order;
}

test("the first opening waits for what was sent before, once, and one answer ends that", () => {
  const order = new AnswerOrder(quietMs);
  assert.deepEqual(order.linkUp(0), { reason: "first_opening", forMs: quietMs });
  assert.equal(order.wakeAt(), quietMs);
  assert.deepEqual(order.answered(false, usualMs, 100), { lateFor: "", hold: undefined });
  assert.ok(!order.isHeld(100));
  assert.equal(order.linkUp(200), undefined);
  assert.ok(!order.isHeld(200));
});

test("other options keep what is known of an MCU that is linked, and of no other", () => {
  const order = inStep();
  order.configure(6000);
  order.linkDown();
  assert.equal(order.linkUp(20_000), undefined);
  order.linkDown();
  order.configure(7000);
  assert.deepEqual(order.linkUp(30_000), { reason: "first_opening", forMs: 7000 });
});

test("where others have used the port, its next opening is as the first one", () => {
  const order = inStep();
  order.linkDown();
  order.usedByOthers();
  assert.deepEqual(order.linkUp(20_000), { reason: "first_opening", forMs: quietMs });
  order.linkDown();
  assert.equal(order.linkUp(30_000), undefined);
});

test("the late answer of one that went unanswered ends the hold, and names it", () => {
  const order = inStep();
  assert.deepEqual(order.unanswered("7", 10_000), { reason: "unanswered", forMs: quietMs });
  assert.ok(order.isHeld(14_999));
  assert.deepEqual(order.answered(false, usualMs, 14_999), { lateFor: "7", hold: undefined });
  assert.ok(!order.isHeld(14_999));
});

test("a stray answer begins a hold, and each that follows begins it anew", () => {
  const order = inStep();
  const hold = { reason: "stray_answer", forMs: quietMs };
  assert.deepEqual(order.answered(false, usualMs, 10_000), { lateFor: "", hold });
  assert.deepEqual(order.answered(false, usualMs, 14_000), { lateFor: "", hold: undefined });
  assert.ok(order.isHeld(18_999));
  assert.ok(!order.isHeld(19_000));
});

test("after a quiet time in vain, the answer to the next command is listened behind", () => {
  const order = inStep();
  order.unanswered("7", 10_000);
  assert.ok(!order.isHeld(15_000));
  order.answered(true, usualMs, 15_100);
  assert.equal(order.wakeAt(), 15_900);
  assert.ok(order.isHeld(15_899));
  // One that comes meanwhile was that command's: the other was the late one.
  assert.equal(order.answered(false, usualMs, 15_200).hold?.reason, "stray_answer");
  assert.ok(order.isHeld(20_199));
  assert.ok(!order.isHeld(20_200));
  order.answered(true, usualMs, 21_000);
  assert.ok(!order.isHeld(21_000));
});

test("where nothing follows, both are in step, and no time is lost any more", () => {
  const order = inStep();
  order.unanswered("7", 10_000);
  order.answered(true, 60, 15_100);
  assert.ok(order.isHeld(15_599));
  assert.ok(!order.isHeld(15_600));
  order.answered(true, 60, 16_000);
  assert.ok(!order.isHeld(16_000));
});

test("in doubt, a late answer may be that of an earlier one: silence is needed", () => {
  const order = inStep();
  order.unanswered("7", 10_000);
  assert.ok(!order.isHeld(15_000));
  order.unanswered("8", 19_000);
  assert.deepEqual(order.answered(false, usualMs, 20_000), {
    lateFor: "8",
    hold: { reason: "stray_answer", forMs: quietMs },
  });
  assert.ok(order.isHeld(24_999));
  assert.ok(!order.isHeld(25_000));
});

test("after a restart nothing is in doubt, once the quiet time is over", () => {
  const order = inStep();
  order.unanswered("7", 10_000);
  order.restarted();
  assert.ok(order.isHeld(14_999));
  order.answered(true, usualMs, 15_100);
  assert.ok(!order.isHeld(15_100));
});

test("a stray line of an answer holds writes until its last line, or for as long as answers take", () => {
  const order = inStep();
  assert.deepEqual(order.strayLine(usualMs, 10_000), { reason: "stray_line", forMs: usualMs });
  assert.ok(order.isHeld(10_799));
  assert.ok(!order.isHeld(10_800));
  order.strayLine(usualMs, 11_000);
  assert.equal(order.answered(false, usualMs, 11_010).hold?.reason, "stray_answer");
});

test("stray lines that follow one another hold writes no longer than an answer can be late, and prove nothing", () => {
  const order = inStep();
  order.unanswered("7", 10_000);
  assert.ok(!order.isHeld(15_000));
  order.answered(true, usualMs, 15_100);
  for (let at = 15_400; at < 15_100 + quietMs; at += 400) {
    assert.equal(order.strayLine(usualMs, at), undefined);
    assert.ok(order.isHeld(at));
  }
  assert.equal(order.wakeAt(), 15_100 + quietMs);
  assert.ok(!order.isHeld(15_100 + quietMs));
  // The answer that was owed may come yet: it is listened for again.
  order.answered(true, usualMs, 20_200);
  assert.ok(order.isHeld(20_200));
});
