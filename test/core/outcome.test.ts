import assert from "node:assert/strict";
import { test } from "node:test";
import { responsePayload } from "../../src/core/outcome.ts";
import { defaultOptions } from "./default-options.ts";

test("the longest refusal, every character of it escaped, is within what the hub takes", () => {
  const board = "b".repeat(32);
  const limits = { deadlineMs: 3500, lineBytesMax: 256, options: { ...defaultOptions, board } };
  const outcome = { kind: "refused", mcuCode: "x".repeat(32), mcuText: "\u0001".repeat(60_000) } as const;
  const payload = responsePayload(outcome, "9".repeat(32), limits);
  assert.ok(payload.length <= defaultOptions.responseBytesMax, `${payload.length} bytes`);
  const { reason, board: told } = JSON.parse(payload.toString()).error;
  assert.deepEqual([reason, told], ["refused", board]);
});

test("an error names its board, and none where there is only one", () => {
  const errorOf = (board: string | undefined) => {
    const limits = { deadlineMs: 3500, lineBytesMax: 256, options: { ...defaultOptions, board } };
    return JSON.parse(responsePayload({ kind: "error", reason: "no_reply" }, "7", limits).toString()).error;
  };
  const { board, ...rest } = errorOf("pump");
  assert.equal(board, "pump");
  assert.deepEqual(errorOf(undefined), rest);
  assert.deepEqual(Object.keys(rest), ["source", "code", "reason", "executed", "message", "processId"]);
});
