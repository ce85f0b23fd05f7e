import assert from "node:assert/strict";
import { test } from "node:test";
import { describeRoundTrip } from "../../src/daemon/describe-round-trip.ts";

test("a round trip that the margin does not cover is warned of, with the option that helps", () => {
  assert.deepEqual(describeRoundTrip(500, 500), { level: "info", text: "session: round trip 500 ms" });
  const { level, text } = describeRoundTrip(612.4, 500);
  assert.equal(level, "warn");
  assert.match(text, /round trip 612 ms, longer than rrpc\.marginMs \(500 ms\).*raise rrpc\.marginMs/);
});
