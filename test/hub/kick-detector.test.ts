import assert from "node:assert/strict";
import { test } from "node:test";
import { afterSession, type KickHistory, noKicks } from "../../src/hub/kick-detector.ts";
import { type SessionEndKind, sessionEnd } from "../../src/hub/session-end.ts";

/** Whether each end in turn brought advice. */
function advised(...ends: [kind: SessionEndKind, upForMs: number | undefined][]): boolean[] {
  let history: KickHistory = noKicks;
  return ends.map(([kind, upForMs]) => {
    const after = afterSession(history, sessionEnd(kind, "…"), upForMs);
    history = after.history;
    return after.advice !== undefined;
  });
}

test("the third close of a young session in a row is said, and so is each one after", () => {
  const kick: [SessionEndKind, number] = ["peer_closed", 6_000];
  assert.deepEqual(advised(kick, kick, kick, kick), [false, false, true, true]);
});

test("a session that lived long begins the count anew, whatever ended it", () => {
  const kick: [SessionEndKind, number] = ["peer_closed", 6_000];
  assert.deepEqual(advised(kick, kick, ["peer_closed", 120_000], kick, kick, kick), [
    false,
    false,
    false,
    false,
    false,
    true,
  ]);
});

test("attempts that never were up and broken connections neither count nor begin anew", () => {
  const kick: [SessionEndKind, number] = ["peer_closed", 6_000];
  assert.deepEqual(advised(kick, ["dns_failed", undefined], kick, ["connection_lost", 50], kick), [
    false,
    false,
    false,
    false,
    true,
  ]);
  const early: [SessionEndKind, undefined] = ["peer_closed", undefined];
  assert.deepEqual(advised(early, early, early, early), [false, false, false, false]);
});

test("the advice names the count, the time and the remedy", () => {
  const { advice } = afterSession({ kicks: 4 }, sessionEnd("peer_closed", "…"), 5_432);
  assert.match(advice ?? "", /closed 5 healthy sessions in a row.* 5\.4 s.*same productId and deviceName.*stop one/);
});
