import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsweredRequests } from "../../src/core/answered.ts";
import { backoffMs } from "../../src/core/backoff.ts";
import { HeldIds } from "../../src/core/held-ids.ts";
import { RoundTrip } from "../../src/core/round-trip.ts";

const request = Buffer.from("request");
const response = Buffer.from("response");
const replied = { wasReplied: true, keepsId: true };

test("an answered request is remembered for one cutoff", () => {
  const answered = new AnsweredRequests(4000);
  answered.remember("1", request, response, replied, 0);
  assert.deepEqual(answered.find("1", request, 3999), { kind: "answered", response });
  assert.deepEqual(answered.find("1", Buffer.from("other"), 3999), { kind: "taken" });
  assert.ok(answered.replied("1", 3999));
  assert.deepEqual(answered.find("1", request, 4000), { kind: "unknown" });
  assert.equal(answered.replied("1", 4000), undefined);
});

test("an id that needs no more keeping is free at once, and both its requests are remembered", () => {
  const answered = new AnsweredRequests(4000);
  const other = Buffer.from("other");
  answered.remember("1", request, response, { wasReplied: true, keepsId: false }, 0);
  assert.deepEqual(answered.find("1", other, 1), { kind: "unknown" });
  answered.remember("1", other, Buffer.from("its response"), { wasReplied: true, keepsId: true }, 2000);
  assert.deepEqual(answered.find("1", request, 3999), { kind: "answered", response });
  assert.deepEqual(answered.find("1", Buffer.from("a third"), 3999), { kind: "taken" });
  assert.deepEqual(answered.find("1", other, 4000), { kind: "answered", response: Buffer.from("its response") });
  assert.deepEqual(answered.find("1", request, 4000), { kind: "taken" });
  assert.deepEqual(answered.find("1", request, 6000), { kind: "unknown" });
});

test("large payloads are forgotten first: such a request is not executed again, but not answered either", () => {
  const answered = new AnsweredRequests(4000);
  const large = Buffer.alloc(16 * 1024);
  for (let id = 0; id < 200; id++) answered.remember(`${id}`, large, response, replied, 0);
  assert.deepEqual(answered.find("0", large, 1), { kind: "taken" });
  assert.equal(answered.find("199", large, 1).kind, "answered");
});

test("more answered requests than can be remembered push out the oldest, and say so", () => {
  const answered = new AnsweredRequests(4000);
  for (let id = 0; id < 1024; id++)
    assert.equal(answered.remember(`${id}`, request, response, replied, 0), "remembered");
  assert.equal(answered.remember("one more", request, response, replied, 0), "oldest_forgotten");
  assert.deepEqual(answered.find("0", request, 1), { kind: "unknown" });
  assert.equal(answered.find("1", request, 1).kind, "answered");
});

test("an id is held until its late reply has come, or none can come any more", () => {
  const held = new HeldIds(60_000);
  held.hold("1", 0, false, 0);
  held.hold("2", 0, false, 0);
  assert.ok(held.release("1"));
  assert.ok(!held.release("1"));
  assert.ok(held.has("2", 59_999));
  assert.ok(!held.has("2", 60_000));
  held.hold("3", 500, false, 0);
  held.releaseSentBefore(500);
  assert.ok(held.has("3", 1), "its command may have come after the restart");
  held.releaseSentBefore(501);
  assert.ok(!held.has("3", 1));
});

test("more ids than can be held push out the oldest, and say so", () => {
  const held = new HeldIds(60_000);
  for (let id = 0; id < 4096; id++) assert.equal(held.hold(`${id}`, 0, false, 0), "held");
  assert.equal(held.hold("one more", 0, false, 0), "oldest_forgotten");
  assert.ok(!held.has("0", 1));
  assert.ok(held.has("1", 1));
});

test("waits double up to their bound, each spread over its upper half", () => {
  const backoff = { firstMs: 1000, maxMs: 60_000 };
  const bounds = [0, 1, 2, 3, 7, 50].map((failures) => [
    backoffMs(failures, backoff, 0),
    backoffMs(failures, backoff, 1),
  ]);
  assert.deepEqual(bounds, [
    [0, 1000],
    [500, 1000],
    [1000, 2000],
    [2000, 4000],
    [30_000, 60_000],
    [30_000, 60_000],
  ]);
});

test("the silence that counts as a loss follows the round trips, and doubles with each attempt", () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.silenceMs(1), 500);
  for (let count = 0; count < 100; count++) roundTrip.measured(100);
  assert.equal(Math.round(roundTrip.silenceMs(1)), 100);
  assert.equal(Math.round(roundTrip.silenceMs(3)), 400);
  assert.equal(roundTrip.silenceMs(10), 2000);
  for (let count = 0; count < 100; count++) roundTrip.measured(1);
  assert.equal(roundTrip.silenceMs(1), 60);
});

test("a request that came again in time is known, however late it is read, and whatever was answered meanwhile", () => {
  const answered = new AnsweredRequests(4000);
  answered.remember("1", request, response, replied, 0);
  answered.remember("2", request, response, replied, 12_000);
  assert.ok(!answered.replied("1", 12_000));
  assert.equal(answered.find("1", request, 3999).kind, "answered");
  assert.equal(answered.find("1", request, 4000).kind, "unknown");
});
