import assert from "node:assert/strict";
import { test } from "node:test";
import { messagesPerSecondMax } from "../../src/iot-hub/limits.ts";
import { MessageBudget } from "../../src/iot-hub/message-budget.ts";

/** The most that went out within any second. */
function busiestSecond(sentAt: readonly number[]): number {
  return Math.max(...sentAt.map((from) => sentAt.filter((at) => at >= from && at < from + 1000).length));
}

test("events alone take 16 of the 20 messages a second, and leave the rest for responses", () => {
  const budget = new MessageBudget();
  const sentAt: number[] = [];
  for (let now = 0; now < 5000; now += 1)
    while (budget.eventAt <= now) {
      budget.spend(now);
      sentAt.push(now);
    }
  assert.equal(busiestSecond(sentAt), 16);
  assert.equal(sentAt.length, 5 * 16, "all that is left is used");
});

test("events take what responses leave: only those beyond the reserve, right behind a burst, exceed the budget", () => {
  for (let perSecond = 1; perSecond <= 16; perSecond += 1) {
    const budget = new MessageBudget();
    const sentAt: number[] = [];
    let events = 0;
    for (let now = 0; now < 10_000; now += 1) {
      if (now % Math.ceil(1000 / perSecond) === 0) {
        budget.spend(now);
        sentAt.push(now);
      }
      while (budget.eventAt <= now) {
        budget.spend(now);
        sentAt.push(now);
        events += 1;
      }
    }
    const most = Math.max(messagesPerSecondMax, 16 + perSecond + 1);
    assert.ok(busiestSecond(sentAt) <= most, `${perSecond} responses a second`);
    assert.ok(events >= (16 - perSecond - 1) * 9, `${perSecond} responses a second leave ${events} events in 10 s`);
  }
});

test("a flood of responses holds events back, and operations go on at 5 a second", () => {
  const budget = new MessageBudget();
  let [events, operations] = [0, 0];
  for (let now = 0; now < 10_000; now += 1) {
    if (now % 20 === 0) budget.spend(now);
    if (now < 1000) continue;
    if (budget.eventAt <= now) events += 1;
    if (budget.operationAt <= now) {
      budget.spendOnOperation(now);
      operations += 1;
    }
  }
  assert.equal(events, 0);
  assert.ok(operations >= 44 && operations <= 46, `${operations} in 9 s`);
});

test("32 boards come up within 5 s of CONNACK, though each that is up is asked once a second", () => {
  const budget = new MessageBudget();
  const roundTripMs = 100;
  // The results' filter, then all online, then a filter for each.
  budget.spendOnOperation(0);
  budget.spendOnOperation(roundTripMs);
  const upAt: number[] = [];
  for (let now = 2 * roundTripMs; upAt.length < 32; now += 1) {
    for (const at of upAt) if (now >= at && (now - at) % 1000 === 0) budget.spend(now);
    if (budget.operationAt > now) continue;
    budget.spendOnOperation(now);
    upAt.push(now + roundTripMs);
  }
  assert.ok(Math.max(...upAt) <= 4500, `all up after ${Math.max(...upAt)} ms`);
});

test("a pause gives back one second's share, and no more", () => {
  const budget = new MessageBudget();
  let burst = 0;
  for (const now = 3_600_000; budget.eventAt <= now; burst += 1) budget.spend(now);
  assert.equal(burst, 16);
  assert.equal(budget.eventAt, 3_601_000);
});
