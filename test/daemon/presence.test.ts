import assert from "node:assert/strict";
import { test } from "node:test";
import { PresenceOfBoard } from "../../src/daemon/presence.ts";

/**
 * What the hub is told, looked at each second: `states` has `+` where the board serves, `-` where it is away, `o` where it is
 * away and a request is open.
 */
function told(presence: PresenceOfBoard, states: string): readonly string[] {
  return [...states].flatMap((state, second) => {
    const isPresent = presence.look({ isServing: state === "+", hasOpenRequest: state === "o" }, second * 1000);
    return isPresent === undefined ? [] : [`${second} ${isPresent ? "online" : "offline"}`];
  });
}

const board = () => new PresenceOfBoard({ kind: "board", afterMs: 10_000 });

test("a board that is away for longer than it may is offline, and online as soon as it serves", () => {
  assert.deepEqual(told(board(), `+++${"-".repeat(15)}+++`), ["13 offline", "18 online"]);
});

test("a board that is away for a shorter time stays online", () => {
  assert.deepEqual(told(board(), `${"-".repeat(10)}+${"-".repeat(10)}+`), []);
});

test("a board that comes and goes is reported offline once in half a minute at most", () => {
  const comesAndGoes = `${"-".repeat(11)}+`.repeat(5);
  assert.deepEqual(told(board(), comesAndGoes), ["10 offline", "11 online", "46 offline", "47 online"]);
});

test("the response to an open request goes out first", () => {
  assert.deepEqual(told(board(), `${"-".repeat(10)}ooo-`), ["13 offline"]);
});

test("with presence: session a board is online however it is", () => {
  assert.deepEqual(told(new PresenceOfBoard({ kind: "session" }), "-".repeat(100)), []);
});

test("a reload to presence: session brings an absent board back", () => {
  const presence = board();
  assert.deepEqual(told(presence, "-".repeat(11)), ["10 offline"]);
  presence.configure({ kind: "session" });
  assert.equal(presence.look({ isServing: false, hasOpenRequest: false }, 12_000), true);
});
