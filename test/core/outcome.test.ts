import assert from "node:assert/strict";
import { test } from "node:test";
import { responsePayload } from "../../src/core/outcome.ts";
import { defaultOptions } from "./default-options.ts";

test("the longest refusal, every character of it escaped, is within what the hub takes", () => {
  const limits = { deadlineMs: 3500, lineBytesMax: 256, options: defaultOptions };
  const outcome = { kind: "refused", mcuCode: "x".repeat(32), mcuText: "\u0001".repeat(60_000) } as const;
  const payload = responsePayload(outcome, "9".repeat(32), limits);
  assert.ok(payload.length <= defaultOptions.responseBytesMax, `${payload.length} bytes`);
  assert.equal(JSON.parse(payload.toString()).error.reason, "refused");
});
