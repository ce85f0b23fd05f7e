// What is said of an outcome agrees with the gateway's errors and the simulated hub's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { executionText, outcomeOf, reasonAdvice } from "../../src/caller/meaning.ts";
import { reasons, responsePayload } from "../../src/core/outcome.ts";
import { defaultOptions } from "../core/default-options.ts";

const limits = { deadlineMs: 3500, lineBytesMax: 256, options: defaultOptions };
const replied = (payload: Buffer | string) =>
  outcomeOf({ kind: "replied", payload: Buffer.from(payload), processId: "41440" });
const failed = (outcome: ReturnType<typeof outcomeOf>) => {
  assert.ok(outcome.kind === "failed", JSON.stringify(outcome));
  return outcome;
};

test("every error of the gateway is recognised, with advice", () => {
  assert.deepEqual(Object.keys(reasonAdvice).sort(), Object.keys(reasons).sort());
  for (const [reason, { code, executed }] of Object.entries(reasons)) {
    const payload = Buffer.from(JSON.stringify({ error: { source: "gateway", code, reason, executed, message: "m" } }));
    const outcome = failed(replied(payload));
    assert.deepEqual([outcome.code, outcome.reason, outcome.executed, outcome.message], [code, reason, executed, "m"]);
    assert.equal(outcome.advice, reasonAdvice[reason]);
  }
});

test("the MCU's refusal is told with its own words", () => {
  const payload = responsePayload({ kind: "refused", mcuCode: "busy", mcuText: "motor is homing" }, "41440", limits);
  const outcome = failed(replied(payload));
  assert.equal(outcome.source, "mcu");
  assert.equal(outcome.executed, "no");
  assert.match(outcome.message, /busy: motor is homing/);
});

test("a reply that only resembles an error is a reply", () => {
  const resembling = [
    "",
    "ok",
    '{"error":',
    '{"error":null}',
    '{"error":{"code":7}}',
    '{"error":{"source":"gateway","code":"aborted","reason":"link_lost","executed":"perhaps"}}',
    '{"error":{"source":"me","code":"aborted","reason":"link_lost","executed":"no"}}',
  ];
  for (const text of resembling) assert.equal(replied(text).kind, "answered", text);
});

test("an unknown reason is judged by what it says about execution", () => {
  const error = { source: "gateway", code: "internal", reason: "new", executed: "no", message: "" };
  assert.equal(failed(replied(JSON.stringify({ error }))).advice, "Call again.");
  const unknown = failed(replied(JSON.stringify({ error: { ...error, executed: "unknown" } })));
  assert.match(unknown.advice, /state first/);
});

test("of the API's errors only the known ones promise that nothing was done", () => {
  const executed = (code: string) => failed(outcomeOf({ kind: "api_error", code, message: "" })).executed;
  assert.equal(executed("FailedOperation.DeviceOffline"), "no");
  assert.equal(executed("AuthFailure.SignatureFailure"), "no");
  assert.equal(executed("AuthFailure.TokenFailure"), "no");
  assert.equal(executed("FailedOperation.RRPCTimeout"), "unknown");
  assert.equal(executed("InternalError"), "unknown");
  assert.equal(executed("FailedOperation"), "unknown");
});

test("a session token that has ended and a right that is missing are told apart from a wrong key", () => {
  const advice = (code: string) => failed(outcomeOf({ kind: "api_error", code, message: "" })).advice;
  assert.match(advice("AuthFailure.TokenFailure"), /^Get new temporary credentials/);
  assert.match(advice("AuthFailure.SignatureFailure"), /^Check the SecretKey/);
  for (const code of [
    "UnauthorizedOperation",
    "UnauthorizedOperation.CamNoAuth",
    "AuthFailure.UnauthorizedOperation",
  ]) {
    assert.match(advice(code), /^The key is right, .*iotcloud:PublishRRPCMessage/, code);
  }
});

test("what is said of execution and the advice never contradict each other", () => {
  for (const [reason, { executed }] of Object.entries(reasons)) {
    const text = `${executionText({ executed, reason })} ${reasonAdvice[reason]}`;
    assert.doesNotMatch(text, /may have been.*it was done/i);
    if (executed === "unknown") assert.doesNotMatch(text, /not carried out/, reason);
  }
  assert.match(executionText({ executed: "unknown", reason: "reply_too_large" }), /^It was carried out/);
});
