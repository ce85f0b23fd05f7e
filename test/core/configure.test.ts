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

test("a repetition that waits behind another request with its id, and whose deadline comes first, is not said to be answered", () => {
  const correlator = new Correlator(defaultOptions);
  const drops: string[] = [];
  function step(input: Parameters<Correlator["step"]>[0], now: number): void {
    const outputs = correlator.step(input, now);
    for (const output of outputs) {
      if (output.kind === "report" && output.report.kind === "dropped") drops.push(output.report.name);
    }
    if (outputs.some(({ kind }) => kind === "write")) step({ kind: "written" }, now);
  }
  const request = (payload: string, arrivedAt: number) =>
    step({ kind: "request", processId: "5", payload: Buffer.from(payload), arrivedAt }, arrivedAt);

  step({ kind: "link_up" }, 0);
  step({ kind: "line", bytes: Buffer.from("=rrpc/1 window=1") }, 5);
  request("x", 10);
  step({ kind: "line", bytes: Buffer.from("<5 X") }, 20);
  request("y", 30);
  step({ kind: "configure", options: { ...defaultOptions, deadlineMs: 1500 } }, 40);
  request("x", 50);
  step({ kind: "alarm" }, 3430);
  assert.deepEqual(drops, ["id_conflict"]);
});

test("a repetition that waits behind another request with its id is answered until its own deadline, where that is later", () => {
  const correlator = new Correlator(defaultOptions);
  const published: string[] = [];
  function step(input: Parameters<Correlator["step"]>[0], now: number): void {
    const outputs = correlator.step(input, now);
    for (const output of outputs) {
      if (output.kind === "publish") published.push(`${now} ${output.payload}`.slice(0, 60));
    }
    if (outputs.some(({ kind }) => kind === "write")) step({ kind: "written" }, now);
  }
  const request = (payload: string, arrivedAt: number) =>
    step({ kind: "request", processId: "5", payload: Buffer.from(payload), arrivedAt }, arrivedAt);

  step({ kind: "link_up" }, 0);
  step({ kind: "line", bytes: Buffer.from("=rrpc/1 window=1") }, 5);
  request("x", 10);
  step({ kind: "configure", options: { ...defaultOptions, deadlineMs: 1500 } }, 20);
  request("y", 30);
  request("y", 1000);
  step({ kind: "line", bytes: Buffer.from("<5 X") }, 2000);
  assert.deepEqual(published, ["2000 X", '2000 {"error":{"source":"gateway","code":"unavailable","reas']);
});
