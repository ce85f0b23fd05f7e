/** No request is answered twice, wrongly, or with another one's reply; none is executed twice. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { worldTests } from "./world.ts";

/** A deadline of 0.8 s: what comes after it need not be waited for long. */
const soon = { rrpc: { cutoffMs: 1000, marginMs: 200 } };

describe("an answer", { concurrency: 3 }, () => {
  const test = worldTests();

  test("that comes late reaches nobody, and its processID is not used again before", { config: soon }, async (w) => {
    assert.equal((await w.call("7", "late 1500")).error, "deadline_exceeded no_reply unknown");
    // The same processID with another payload: the first one's reply would answer it.
    assert.equal((await w.call("7", "meanwhile")).error, "unavailable id_held no");
    await w.log(/dropped late_reply of request 7/);
    assert.equal((await w.call("8", "on time")).text, "on time");
  });

  test("that comes twice is given once", {}, async (w) => {
    assert.equal((await w.call("1", "double")).text, "double");
    await w.log(/dropped second_reply of request 1/);
    assert.equal((await w.call("2", "after it")).text, "after it");
  });

  test("under another's processID answers neither", { config: soon, mcu: { window: 2 } }, async (w) => {
    // The virtual MCU answers 11 as 10: not in flight.
    assert.equal((await w.call("11", "wrongid")).error, "deadline_exceeded no_reply unknown");
    await w.log(/dropped stray_reply of request 10/);
    assert.equal((await w.call("12", "right")).text, "right");
  });

  test("to each of many in flight is its own, in whatever order they come", { mcu: { window: 8 } }, async (w) => {
    const delays = [400, 50, 300, 150, 350, 100, 250, 200];
    await w.send(delays.map((ms, index) => [`${index}`, `slow ${ms}`]));
    for (const [index, ms] of delays.entries()) assert.equal((await w.response(`${index}`)).text, `slow ${ms}`);
    assert.equal(w.mcu.counts().beyondWindow, 0);
  });

  test("to a request that came twice is given again, and the command is done once", {}, async (w) => {
    await w.send([
      ["1", "slow 300"],
      ["1", "slow 300"],
      ["2", "another"],
    ]);
    assert.equal((await w.response("2")).text, "another");
    assert.equal((await w.response("1")).text, "slow 300");
    assert.equal((await w.call("1", "slow 300")).text, "slow 300");
    assert.equal((await w.response("1", 2)).text, "slow 300");
    assert.equal(w.mcu.counts().commands, 2);
    await w.log(/dropped duplicate_request of request 1/);
  });

  test("is not given to another request that comes under an answered processID, which is done", {}, async (w) => {
    assert.equal((await w.call("1", "switch on")).text, "switch on");
    assert.equal((await w.call("1", "switch off")).text, "switch off");
    assert.equal(w.mcu.counts().commands, 2);
  });

  test("of an error is the same again for the same request, and costs no command", { config: soon }, async (w) => {
    const first = await w.call("1", "silent");
    assert.equal(first.error, "deadline_exceeded no_reply unknown");
    const second = await w.call("1", "silent");
    assert.deepEqual(second.bytes, first.bytes);
    assert.ok(second.tookMs < 500);
    assert.equal(w.mcu.counts().commands, 1);
  });

  const noise = { crc: true, dedup: 8, window: 2, garbleReceived: 0.1, garbleSent: 0.1, seed: 5 };
  test("comes through a noisy line, with every command done once", { mcu: noise }, async (w) => {
    const ids = Array.from({ length: 40 }, (_, index) => `${index}`);
    await w.send(ids.map((id) => [id, `do ${id}`]));
    for (const id of ids) assert.equal((await w.response(id)).text, `do ${id}`);
    const { executed, repeats, damaged } = w.mcu.counts();
    assert.equal(executed, 40);
    assert.ok(repeats > 0 && damaged > 0);
  });
});
