/** The broker, or the way to it, goes away and comes back. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { BrokerEnd } from "./broker.ts";
import type { TrafficEvent } from "./broker-messages.ts";
import { worldTests } from "./world.ts";

describe("the broker", { concurrency: 4 }, () => {
  const test = worldTests();

  test("is not there at the start: the gateway waits for it", {
    before: ({ broker }) => broker.order({ kind: "cut" }),
  }, async (w) => {
    await w.log(/no connection to tcp:\/\/.*ECONNREFUSED.*check host, port and transport.*next try in/);
    await w.broker.order({ kind: "restore" });
    await w.log(/session: up .*, after \d+\.\d s/);
    assert.equal((await w.call("1", "at last")).text, "at last");
  });

  test("goes while a command is in flight: its answer is never given, not even later", {}, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    await w.send([
      ["2", "slow 600"],
      ["3", "waits"],
    ]);
    await w.until("the command at the MCU", () => w.mcu.counts().commands === 2);
    // Requests arrive in order, so that by its answer request 3 has arrived too.
    assert.equal((await w.call("no.id", "")).error, "invalid_argument bad_process_id no");
    await w.broker.order({ kind: "cut" });
    await w.log(/session: lost after/);
    await w.broker.order({ kind: "restore" });
    await w.until("the next session", () => seen(w.broker, "subscribed") === 2);
    assert.equal((await w.call("4", "after")).text, "after");
    assert.deepEqual(answered(w.broker), ["1", "no.id", "4"]);
    // What waited has nobody to be answered any more, and was not executed.
    assert.deepEqual(
      w.commands.map(({ processId }) => processId),
      ["1", "2", "4"],
    );
    await w.log(/dropped session_gone of request 3/);
  });

  test("ends the session of its own accord: there is another one, and not before 5 s", {}, async (w) => {
    await w.broker.order({ kind: "kick" });
    await w.until("the next session", () => seen(w.broker, "subscribed") === 2);
    assert.equal((await w.call("1", "after")).text, "after");
  });

  test("forgets who we are: what to do is said, and it is tried on", {
    before: ({ broker }) => broker.order({ kind: "refuse", returnCode: 4 }),
  }, async (w) => {
    await w.log(
      /CONNACK 4: bad user name or password; check productId, deviceName, the device secret .*fixed passwords cannot work.*next try in/,
    );
    await w.broker.order({ kind: "refuse", returnCode: undefined });
    assert.equal(seen(w.broker, "connected"), 0);
    await w.until("a session", () => seen(w.broker, "subscribed") === 1);
    assert.equal((await w.call("1", "known again")).text, "known again");
  });

  test("is too busy: it is tried again", {
    before: ({ broker }) => broker.order({ kind: "refuse", returnCode: 3 }),
  }, async (w) => {
    await w.log(/CONNACK 3: server unavailable; nothing to do/);
    await w.until("the next attempt", () => seen(w.broker, "refused") === 2);
  });

  test("is told another secret than the device's: the log says what to check, and no secret", {
    config: { hub: { deviceSecretFile: undefined, deviceSecret: "YW5vdGhlciBzZWNyZXQ=" } },
    before: async () => {},
  }, async (w) => {
    await w.log(/CONNACK 4: bad user name or password; check productId, deviceName, the device secret/);
    await w.until("the next attempt", () => seen(w.broker, "refused") === 2);
    assert.doesNotMatch(w.daemon.stderr(), /YW5vdGhlciBzZWNyZXQ=|another secret/);
  });

  test("is there, the gateway was suspended: what is too late is neither executed nor answered", {
    config: { rrpc: { cutoffMs: 1000, marginMs: 200 } },
    unanswered: ["2"],
  }, async (w) => {
    assert.equal((await w.call("1", "before")).text, "before");
    w.daemon.signal("SIGSTOP");
    await w.send([["2", "nobody waits any more"]]);
    // Nothing is waited for: the time that passes is what happens here, and below.
    await sleep(1500);
    w.daemon.signal("SIGCONT");
    await w.log(/dropped missed_deadline of request 2/);
    // For 0.1 s what arrives may as well have arrived before.
    await sleep(300);
    assert.equal((await w.call("3", "after")).text, "after");
    assert.deepEqual(
      w.commands.map(({ processId }) => processId),
      ["1", "3"],
    );
  });
});

function seen(broker: BrokerEnd, kind: TrafficEvent["kind"]): number {
  return broker.traffic.filter((event) => event.kind === kind).length;
}

/** The processIDs of all responses. */
function answered(broker: BrokerEnd): string[] {
  return broker.traffic.flatMap((event) => (event.kind === "response" ? [event.processId] : []));
}
