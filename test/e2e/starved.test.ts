/** A daemon that is run for a moment now and then, as on a core that somebody else has. */
import assert from "node:assert/strict";
import { describe } from "node:test";
import { setTimeout as pass } from "node:timers/promises";
import { worldTests } from "./world.ts";

const pausedMs = 900;
const runMs = 80;

describe("starved", () => {
  const test = worldTests();

  test("stopped for 0.9 s, run for 0.08 s, again and again: what can be answered in time is, and no age is told too long", {
    config: { log: { level: "debug" } },
  }, async (w) => {
    await w.log(/mcu: /);
    const ids = Array.from({ length: 16 }, (_, index) => `${index}`);
    for (const id of ids) {
      w.daemon.signal("SIGSTOP");
      // In the midst of the pause, so that it is read half of it later.
      await pass(pausedMs / 2);
      await w.send([[id, `do ${id}`]]);
      await pass(pausedMs / 2);
      w.daemon.signal("SIGCONT");
      await pass(runMs);
    }
    const outcomes: string[] = [];
    for (const id of ids) {
      const { error, text, tookMs } = await w.response(id);
      outcomes.push(error ?? text);
      assert.ok(tookMs < 4000, `${id}: ${tookMs} ms`);
    }
    const answered = ids.filter((id, index) => outcomes[index] === `do ${id}`);
    assert.ok(answered.length >= 12, outcomes.join(", "));
    const ages = [...w.daemon.stderr().matchAll(/request \d+: \w+ after ([\d.]+) ms/g)].map(([, ms]) => Number(ms));
    assert.equal(ages.length, ids.length);
    // A pause, a moment, and another pause for a reply that just missed it; a busy machine makes both longer.
    assert.ok(Math.max(...ages) < 3 * (pausedMs + runMs), ages.join(", "));
  });
});
