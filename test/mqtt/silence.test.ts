/** A server that goes away without a word while something is sent to it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { watchSilence } from "../../src/mqtt/silence.ts";
import { openProbe } from "./probe.ts";
import { pingresp, startScripted, thenScript } from "./raw-broker.ts";

const boundMs = 20_000;

/** What is done by a watch over a server that answers the first so many questions, until it is given up. */
function actionsUntilGivenUp(answers: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const actions: string[] = [];
    setTimeout(() => reject(new Error(`only ${actions}`)), boundMs).unref();
    const silence = watchSilence({
      quietMs: 20,
      pingIntervalMs: 60_000,
      answerMs: 20,
      ping() {
        actions.push("ask");
        if (actions.length > answers) return;
        silence.heard();
        silence.published();
      },
      giveUp() {
        actions.push("give up");
        resolve(actions);
      },
    });
    silence.start();
    silence.published();
  });
}

test("a server that says nothing is asked, and given up only when it does not answer", async () => {
  assert.deepEqual(await actionsUntilGivenUp(0), ["ask", "give up"]);
  assert.deepEqual(await actionsUntilGivenUp(2), ["ask", "ask", "ask", "give up"]);
});

test("whoever has heard something since the last publish asks nothing", async () => {
  const actions: string[] = [];
  const silence = watchSilence({
    quietMs: 20,
    pingIntervalMs: 60_000,
    answerMs: 20,
    ping: () => actions.push("ask"),
    giveUp: () => actions.push("give up"),
  });
  silence.start();
  silence.published();
  silence.heard();
  // Begun later and longer: what the other one had to do is done.
  await actionsUntilGivenUp(1);
  assert.deepEqual(actions, []);
});

test("a connection whose server is silent after a message asks for a sign of life, and ends without one", async (t) => {
  const asked: string[] = [];
  const endpoint = await startScripted(
    t,
    thenScript((type) => asked.push(type)),
  );
  const probe = openProbe(endpoint, { connectTimeoutMs: 500, quietMs: 100 });
  await probe.expect("up");
  assert.equal(probe.connection.publish("out/1", Buffer.from("one")), "sent");
  const { cause } = await probe.down();
  assert.equal(cause.kind, "keepalive_timeout");
  assert.deepEqual(asked, ["connect", "subscribe", "publish", "pingreq"]);
});

test("a connection on which nothing passes pings once in each interval", async (t) => {
  const asked: string[] = [];
  let done = () => {};
  const thirdPing = new Promise<void>((resolve) => {
    done = resolve;
  });
  const endpoint = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      asked.push(type);
      if (type !== "pingreq") return;
      socket.write(pingresp);
      if (asked.length === 5) done();
    }),
  );
  const probe = openProbe(endpoint, { pingIntervalMs: 100 });
  await probe.expect("up");
  const upAtMs = performance.now();
  await thirdPing;
  const tookMs = performance.now() - upAtMs;
  assert.ok(tookMs > 280 && tookMs < 5000, `${tookMs} ms`);
  assert.deepEqual(asked, ["connect", "subscribe", "pingreq", "pingreq", "pingreq"]);
  probe.connection.end();
  const { idle } = await probe.down();
  assert.ok(idle !== undefined && idle.survivedMs > 90, JSON.stringify(idle));
});

test("a ping that nobody answers ends the connection, which tells how long nothing had passed before it", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript(() => {}),
  );
  const probe = openProbe(endpoint, { pingIntervalMs: 300, connectTimeoutMs: 500 });
  await probe.expect("up");
  const { cause, idle } = await probe.down();
  assert.equal(cause.kind, "keepalive_timeout");
  assert.match(cause.message, /no PINGRESP within 500 ms/);
  // Not the half second of waiting for the answer.
  assert.ok(idle !== undefined && idle.forMs >= 290 && idle.survivedMs < 290, JSON.stringify(idle));
});

test("other limits are taken while nothing passes, and while an answer is awaited", async (t) => {
  const asked: string[] = [];
  const endpoint = await startScripted(
    t,
    thenScript((type) => asked.push(type)),
  );
  const probe = openProbe(endpoint, { pingIntervalMs: 600_000, connectTimeoutMs: 600_000 });
  await probe.expect("up");
  probe.connection.adjust({ pingIntervalMs: 50, connectTimeoutMs: 600_000 });
  while (!asked.includes("pingreq")) await new Promise((resolve) => setImmediate(resolve));
  probe.connection.adjust({ pingIntervalMs: 50, connectTimeoutMs: 100 });
  const { cause } = await probe.down();
  assert.match(cause.message, /no PINGRESP within 100 ms/);
});

test("limits that are given while it connects hold once it is up", async (t) => {
  const endpoint = await startScripted(
    t,
    thenScript(() => {}),
  );
  const probe = openProbe(endpoint, { pingIntervalMs: 600_000 });
  probe.connection.adjust({ pingIntervalMs: 50, connectTimeoutMs: 100 });
  await probe.expect("up");
  assert.match((await probe.down()).cause.message, /no PINGRESP within 100 ms/);
});

test("a server that is asked at once, because the machine slept, is asked once", async (t) => {
  const asked: string[] = [];
  const endpoint = await startScripted(
    t,
    thenScript((type) => asked.push(type)),
  );
  const probe = openProbe(endpoint, { connectTimeoutMs: 300 });
  await probe.expect("up");
  probe.connection.ask();
  probe.connection.ask();
  const { cause } = await probe.down();
  assert.equal(cause.kind, "keepalive_timeout");
  assert.deepEqual(asked, ["connect", "subscribe", "pingreq"]);
});
