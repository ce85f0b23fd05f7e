/** A hub that goes away without a word while something is sent to it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { watchSilence } from "../../src/hub/silence.ts";
import { openProbe } from "./probe.ts";
import { startScripted, thenScript } from "./raw-broker.ts";

const boundMs = 20_000;

/** What is done by a watch over a hub that answers the first so many questions, until it is given up. */
function deedsUntilGivenUp(answers: number): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const deeds: string[] = [];
    setTimeout(() => reject(new Error(`only ${deeds}`)), boundMs).unref();
    const silence = watchSilence({
      quietMs: 20,
      answerMs: 20,
      ask() {
        deeds.push("ask");
        if (deeds.length > answers) return;
        silence.heard();
        silence.published();
      },
      giveUp() {
        deeds.push("give up");
        resolve(deeds);
      },
    });
    silence.published();
  });
}

test("a hub that says nothing is asked, and given up only when it does not answer", async () => {
  assert.deepEqual(await deedsUntilGivenUp(0), ["ask", "give up"]);
  assert.deepEqual(await deedsUntilGivenUp(2), ["ask", "ask", "ask", "give up"]);
});

test("whoever has heard something since the last publish asks nothing", async () => {
  const deeds: string[] = [];
  const silence = watchSilence({
    quietMs: 20,
    answerMs: 20,
    ask: () => deeds.push("ask"),
    giveUp: () => deeds.push("give up"),
  });
  silence.published();
  silence.heard();
  // Begun later and longer: what the other one had to do is done.
  await deedsUntilGivenUp(1);
  assert.deepEqual(deeds, []);
});

test("a session whose hub is silent after a response asks for a sign of life, and ends without one", async (t) => {
  const asked: string[] = [];
  const endpoint = await startScripted(
    t,
    thenScript((type) => asked.push(type)),
  );
  const probe = openProbe(endpoint, { connectTimeoutMs: 500 });
  await probe.expect("up");
  assert.equal(probe.session.publish("1", Buffer.from("one")), "sent");
  const { cause } = await probe.down();
  assert.equal(cause.kind, "keepalive_timeout");
  assert.deepEqual(asked, ["connect", "subscribe", "publish", "pingreq"]);
});
