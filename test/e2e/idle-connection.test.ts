/** A path that forgets connections on which nothing passes for a while. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { type World, worldTests } from "./world.ts";

/** Above the shortest interval of pings, 5 s, and below the usual one. */
const forgetsAfterMs = 8000;

const connectionsOf = (w: World) => w.broker.traffic.filter(({ kind }) => kind === "connection_began").length;

describe("an idle connection", () => {
  const test = worldTests();

  test("is kept by pings: a call after 20 s of silence is answered", {
    config: { hub: { pingIntervalS: 5 } },
    before: async ({ broker }) => {
      await broker.order({ kind: "forget_idle", way: { afterMs: forgetsAfterMs, how: "silently" } });
    },
  }, async (w) => {
    await w.log(/session: up/);
    await w.log(/mcu: /);
    await pass(2.5 * forgetsAfterMs);
    assert.equal((await w.call("1", "still there")).text, "still there");
    assert.equal(connectionsOf(w), 1);
  });

  test("that is closed twice after the same silence is pinged more often, and that is no kick", {
    before: async ({ broker }) => {
      await broker.order({ kind: "forget_idle", way: { afterMs: forgetsAfterMs, how: "by closing" } });
    },
  }, async (w) => {
    await w.until(
      "a third session",
      () => w.broker.traffic.filter(({ kind }) => kind === "subscribed").length === 3,
      60_000,
    );
    await w.log(/two connections in a row ended when nothing had passed for 8 s: .* pinged every 5 s from now on/);
    await pass(1.5 * forgetsAfterMs);
    assert.equal((await w.call("1", "still there")).text, "still there");
    assert.equal(connectionsOf(w), 3);
    assert.doesNotMatch(w.daemon.stderr(), /another client/);
  });
});
