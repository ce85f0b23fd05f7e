import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LastHour } from "../../src/gateway/last-hour.ts";

const minuteMs = 60_000;

test("what is older than an hour is forgotten, minute by minute, also where nothing follows", () => {
  const hour = new LastHour();
  hour.add("ok", 0);
  hour.add("ok", minuteMs - 1);
  hour.add("no_reply", minuteMs);
  assert.deepEqual(
    [...hour.counts(60 * minuteMs - 1)],
    [
      ["ok", 2],
      ["no_reply", 1],
    ],
  );
  assert.deepEqual([...hour.counts(60 * minuteMs)], [["no_reply", 1]]);
  assert.deepEqual([...hour.counts(61 * minuteMs)], []);
});

test("each is counted for 59 to 60 minutes, and what is kept does not grow", () => {
  const step = fc.tuple(fc.constantFrom("ok", "no_reply"), fc.nat(20 * minuteMs));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const hour = new LastHour();
      const added: { readonly outcome: string; readonly at: number }[] = [];
      let now = 0;
      for (const [outcome, laterMs] of steps) {
        now += laterMs;
        hour.add(outcome, now);
        added.push({ outcome, at: now });
      }
      for (const outcome of ["ok", "no_reply"]) {
        const since = (ms: number) => added.filter((one) => one.outcome === outcome && now - one.at < ms).length;
        const count = hour.counts(now).get(outcome) ?? 0;
        assert.ok(count >= since(59 * minuteMs) && count <= since(60 * minuteMs), `${outcome}: ${count}`);
      }
    }),
  );
});
