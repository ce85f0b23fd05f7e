/** The oracle of the other tests here must be able to condemn. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TrafficEvent } from "./broker-messages.ts";
import { BrokenPromise, checkPromises, checkTimelessPromises, type Evidence } from "./oracle.ts";

const request = (atMs: number, payload = "do something"): TrafficEvent => {
  return { kind: "request", processId: "1", payload: Buffer.from(payload), atMs };
};
const response = (atMs: number, payload = "something done"): TrafficEvent => {
  return { kind: "response", processId: "1", payload: Buffer.from(payload), atMs };
};
const began = (atMs: number): TrafficEvent => ({ kind: "connection_began", atMs });
const up = (atMs: number): TrafficEvent => ({ kind: "subscribed", atMs });
const ended = (atMs: number, isGoodbye: boolean): TrafficEvent => ({ kind: "connection_ended", isGoodbye, atMs });
const command = (atMs: number) => ({ processId: "1", line: ">1 do something", atMs });
const notExecuted = '{"error":{"source":"gateway","code":"unavailable","reason":"serial_down","executed":"no"}}';

function evidence(traffic: readonly TrafficEvent[], more: Partial<Evidence> = {}): Evidence {
  return {
    traffic,
    commands: [],
    executedTwice: 0,
    cutoffMs: 4000,
    unanswered: [],
    resends: false,
    logLevel: "info",
    stderr: "",
    ...more,
  };
}

test("what keeps the promises is let go", () => {
  const good: Evidence[] = [
    evidence([up(0), request(10), response(20), ended(30, true)], { commands: [command(15)] }),
    evidence([up(0), request(10), request(20), response(30)]),
    evidence([up(0), request(10), ended(20, false), began(5000), up(5010)], { commands: [command(15)] }),
    evidence([request(10)]),
    evidence([up(0), request(10)], { unanswered: ["1"] }),
    evidence([up(0), request(10), response(20, notExecuted)]),
    evidence([began(0), began(5000)]),
  ];
  for (const one of good) checkPromises(one);
});

test("what breaks one is not", () => {
  const bad: [Evidence, RegExp][] = [
    [evidence([up(0), request(10)], { executedTwice: 1 }), /executed twice/],
    [evidence([up(0), request(10)]), /1 times no response/],
    [evidence([up(0), request(10), ended(20, true)]), /1 times no response/],
    [evidence([up(0), request(10), request(20, "do else"), response(30)]), /1 times no response/],
    [evidence([up(0), request(10), response(20), response(30)]), /2 responses/],
    [evidence([up(0), request(10), response(4010)]), /answered after 4000 ms/],
    [evidence([up(0), response(10)]), /without a request/],
    [evidence([up(0), request(10), response(20)], { commands: [command(15), command(16)] }), /executed/],
    [evidence([up(0), request(10), response(20, notExecuted)], { commands: [command(15)] }), /said not to be/],
    [evidence([up(0), request(10), response(20)], { commands: [command(1000)] }), /written after/],
    [evidence([began(0), began(4900)]), /again after 4900 ms/],
    [evidence([{ kind: "violation", atMs: 0 }]), /violation/],
    [evidence([], { stderr: "password MDEyMzQ1Njc4OWFiY2RlZg==" }), /secret/],
    [evidence([], { stderr: "key 0123456789abcdef" }), /secret/],
    [evidence([up(0), request(10), response(20)], { stderr: "info do something" }), /payload do something/],
    [evidence([], { stderr: "error bug: it broke" }), /bug/],
  ];
  for (const [one, message] of bad) assert.throws(() => checkPromises(one), message);
});

test("a busy machine excuses what was late, and nothing else", () => {
  const late = [evidence([up(0), request(10)]), evidence([up(0), request(10), response(4010)])];
  for (const one of late) checkTimelessPromises(one);
  const twice = evidence([up(0), request(10)], { executedTwice: 1 });
  assert.throws(() => checkPromises(twice), BrokenPromise);
  const denied = evidence([up(0), request(10), response(20, notExecuted)], { commands: [command(15)] });
  assert.throws(() => checkTimelessPromises(denied), BrokenPromise);
});
