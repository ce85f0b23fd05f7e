/** What the gateway has written comes back to it. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { worldTests } from "./world.ts";

/** A deadline of 0.8 s: what comes after it need not be waited for long; nor is a hello that cannot come. */
const soon = { rrpc: { cutoffMs: 1000, marginMs: 200 }, serial: { helloWaitMs: 0 } };

describe("what was written and comes back", { concurrency: 2 }, () => {
  const test = worldTests();

  for (const mcu of [{}, { crc: true, window: 4, cancel: true }]) {
    test(`is nobody's answer: 18 calls at once (${JSON.stringify(mcu)})`, {
      mcu: { ...mcu, echo: true },
    }, async (w) => {
      await w.log(/mcu: /);
      const ids = Array.from({ length: 18 }, (_, index) => `${index + 1}`);
      await w.send(ids.map((id) => [id, `echo ${id}`]));
      for (const id of ids) assert.equal((await w.response(id)).text, `echo ${id}`);
      await w.log(/what is written to the serial port comes back/);
      assert.ok(w.mcu.counts().bytesEchoed > 0);
      assert.equal(w.mcu.counts().executed, 18);
    });
  }

  test("alone is told as such, and its contents are not shown", {
    mcu: { loopback: true },
    config: soon,
  }, async (w) => {
    assert.equal((await w.call("1", "secret 4711")).error, "deadline_exceeded no_reply unknown");
    await w.log(/what is sent comes back, and nobody else answers/);
    assert.doesNotMatch(w.daemon.stderr(), /4711/);
  });
});
