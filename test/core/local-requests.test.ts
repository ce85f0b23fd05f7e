/** Requests from this machine beside the hub's: what the hub's are told does not depend on them. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import type { Input } from "../../src/core/input.ts";
import { localId } from "../../src/core/local-id.ts";
import type { Output } from "../../src/core/output.ts";
import { defaultOptions } from "./default-options.ts";

/** A correlator whose MCU has said hello; each step gives what was done, in words. */
function withHello() {
  const correlator = new Correlator(defaultOptions);
  const step = (now: number, input: Input) => correlator.step(input, now).map(inWords);
  const line = (now: number, text: string) => step(now, { kind: "line", bytes: Buffer.from(text) });
  const request = (now: number, processId: string, text: string, arrivedAt = now) =>
    step(now, { kind: "request", processId, payload: Buffer.from(text), arrivedAt });
  const requestLocally = (now: number, number: number) =>
    step(now, { kind: "request", processId: localId(number), payload: Buffer.from("x"), arrivedAt: now, source: "local" });
  step(0, { kind: "link_up" });
  step(0, { kind: "written" });
  line(0, "=rrpc/1 boot=1");
  return { correlator, step, line, request, requestLocally };
}

function inWords(output: Output): string {
  switch (output.kind) {
    case "publish":
    case "answer":
      return `${output.kind} ${output.processId} ${output.payload}`;
    case "write":
      return `write ${JSON.stringify(output.bytes.toString())}`;
    case "report":
      return output.report.kind === "dropped" ? `dropped ${output.report.name}` : output.report.kind;
    default:
      return output.kind;
  }
}

test("the hub's request that was read behind a local one is as old as it may be", () => {
  const { request, requestLocally } = withHello();
  requestLocally(9000, 0);
  const { deadlineMs } = defaultOptions;
  const told = request(9000, "7", "stale", 9000 - deadlineMs - 1);
  assert.deepEqual(told, ["dropped missed_deadline", "settled"]);
});
