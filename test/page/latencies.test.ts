import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Latencies } from "../../src/page/latencies.ts";

function figuresOf(ms: readonly number[]) {
  const latencies = new Latencies();
  for (const one of ms) latencies.add(one);
  return latencies.figures();
}

test("before the first answer there is nothing to say", () => {
  assert.deepEqual(figuresOf([]), { count: 0, buckets: [] });
});

test("percentiles are by nearest rank, and buckets begin and end where there is something", () => {
  const { buckets, ...figures } = figuresOf(Array.from({ length: 100 }, (_, index) => index + 1));
  assert.deepEqual(figures, { count: 100, p50Ms: 50, p90Ms: 90, p99Ms: 99, maxMs: 100 });
  assert.deepEqual(buckets[0], { toMs: 1, count: 1 });
  assert.deepEqual(buckets.at(-1), { toMs: 100, count: 30 });
});

test("each of the latest 1000 stands in one bucket, whatever it is", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 1500 }), (ms) => {
      const { count, buckets, p50Ms = -1, p90Ms = -1, p99Ms = -1, maxMs = -1 } = figuresOf(ms);
      assert.equal(count, Math.min(1000, ms.length));
      assert.equal(
        buckets.reduce((sum, bucket) => sum + bucket.count, 0),
        count,
      );
      assert.ok((buckets[0]?.count ?? 0) > 0 && (buckets.at(-1)?.count ?? 0) > 0);
      assert.ok(p50Ms <= p90Ms && p90Ms <= p99Ms && p99Ms <= maxMs);
      assert.equal(maxMs, Math.max(...ms.slice(-1000)));
    }),
  );
});
