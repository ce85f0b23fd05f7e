/** Other options, taken while requests are open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import { defaultOptions } from "./transcript.ts";

test("a request that comes after the deadlines were made shorter is answered before an earlier one whose is later", () => {
  const correlator = new Correlator(defaultOptions);
  const published: { readonly at: number; readonly processId: string }[] = [];
  let isWritten = false;
  function step(input: Parameters<Correlator["step"]>[0], now: number): void {
    for (const output of correlator.step(input, now)) {
      if (output.kind === "publish") published.push({ at: now, processId: output.processId });
      if (output.kind === "write") isWritten = true;
    }
    if (!isWritten) return;
    isWritten = false;
    step({ kind: "written" }, now);
  }
  const request = (processId: string, arrivedAt: number) =>
    step({ kind: "request", processId, payload: Buffer.from("x"), arrivedAt }, arrivedAt);

  step({ kind: "link_up" }, 0);
  step({ kind: "line", bytes: Buffer.from("=rrpc/1 window=1") }, 5);
  // The first one is in flight, the others wait.
  request("1", 10);
  request("2", 20);
  step({ kind: "configure", options: { ...defaultOptions, deadlineMs: 1500 } }, 30);
  request("3", 40);
  for (let at = correlator.wakeAt(); at !== undefined && at < 5000; at = correlator.wakeAt()) {
    step({ kind: "alarm" }, at);
  }
  assert.deepEqual(published, [
    { at: 1440, processId: "3" },
    { at: 3410, processId: "1" },
    { at: 3420, processId: "2" },
  ]);
});
