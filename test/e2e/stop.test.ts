/** How the gateway stops: SIGTERM and SIGINT, once and twice. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { type World, worldTests } from "./world.ts";

describe("stopping", { concurrency: 3 }, () => {
  const test = worldTests();

  test("settles what is in flight, refuses what waits and what comes, says goodbye and exits with 0", {}, async (w) => {
    await w.send([
      ["1", "slow 1000"],
      ["2", "waits"],
    ]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    w.daemon.signal("SIGTERM");
    assert.equal((await w.response("2")).error, "unavailable stopping no");
    assert.equal((await w.call("3", "too late")).error, "unavailable stopping no");
    assert.equal((await w.response("1")).text, "slow 1000");
    assert.equal(await w.exit(), 0);
    await saidGoodbye(w);
    assert.match(w.daemon.stderr(), /stopped after .*: 1 ok, 2 stopping\n$/);
    assert.equal(w.mcu.counts().commands, 1);
  });

  test("waits for an MCU that says nothing until the deadline, and no longer", {}, async (w) => {
    await w.send([["1", "silent"]]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    w.daemon.signal("SIGINT");
    assert.equal((await w.response("1")).error, "deadline_exceeded no_reply unknown");
    assert.equal(await w.exit(), 0);
    await saidGoodbye(w);
  });

  test("is done at once when nothing is open, however far away the next deadline was", {}, async (w) => {
    assert.equal((await w.call("1", "done")).text, "done");
    const sentAt = performance.now();
    w.daemon.signal("SIGTERM");
    assert.equal(await w.exit(), 0);
    assert.ok(performance.now() - sentAt < 2500);
    await saidGoodbye(w);
  });

  test("without broker and without MCU takes no longer", {
    async before({ broker, mcu }) {
      await broker.order({ kind: "cut" });
      await mcu.control({ kind: "unplug" });
    },
  }, async (w) => {
    await w.log(/ECONNREFUSED/);
    const sentAt = performance.now();
    w.daemon.signal("SIGTERM");
    assert.equal(await w.exit(), 0);
    assert.ok(performance.now() - sentAt < 2500);
  });

  test("by a second signal happens at once", { exitCode: "SIGTERM" }, async (w) => {
    await w.send([["1", "slow 60000"]]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 1);
    w.daemon.signal("SIGTERM");
    await w.log(/SIGTERM: no more requests/);
    const sentAt = performance.now();
    w.daemon.signal("SIGTERM");
    assert.equal(await w.exit(), "SIGTERM");
    assert.ok(performance.now() - sentAt < 2000);
  });
});

/** The last packet was DISCONNECT. */
async function saidGoodbye({ until, broker }: World): Promise<void> {
  const ended = await until("the end of the connection", () =>
    broker.traffic.find(({ kind }) => kind === "connection_ended"),
  );
  assert.ok(ended.kind === "connection_ended" && ended.isGoodbye);
}
