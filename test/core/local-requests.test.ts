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
    step(now, {
      kind: "request",
      processId: localId(number),
      payload: Buffer.from("x"),
      arrivedAt: now,
      source: "local",
    });
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

test("a local request has no request of the hub's forgotten that may be read again as old as it may be", () => {
  const { step, line, request, requestLocally } = withHello();
  request(100, "7", "led on");
  step(100, { kind: "written" });
  line(101, "<7 done");
  requestLocally(9000, 0);
  assert.deepEqual(request(9000, "7", "led on", 2000), ["dropped duplicate_request"]);
});

test("a load of local requests has no request of the hub's forgotten: its repetition is answered, not executed again", () => {
  const { step, line, request, requestLocally } = withHello();
  request(100, "7", "led on");
  step(100, { kind: "written" });
  line(101, "<7 done");
  const told = new Set<string>();
  for (let count = 0; count < 1100; count++) {
    const id = localId(count);
    const written = requestLocally(200, count);
    assert.deepEqual(written, [`write ">${id} x\\n"`]);
    for (const words of [...step(200, { kind: "written" }), ...line(200, `<${id} X`)])
      told.add(words.split(" ", 2).join(" "));
  }
  assert.deepEqual(
    [...told].filter((words) => !words.startsWith("answer ")),
    ["settled"],
  );
  assert.deepEqual(request(300, "7", "led on"), ["dropped duplicate_request", "publish 7 done"]);
});

test("a second reply to a local request is known as one, and one to a request that was refused is not", () => {
  const { step, line, requestLocally } = withHello();
  requestLocally(100, 1);
  step(100, { kind: "written" });
  line(101, `<${localId(1)} X`);
  assert.deepEqual(line(102, `<${localId(1)} X`), ["dropped second_reply"]);
  step(200, { kind: "link_down" });
  assert.deepEqual(requestLocally(200, 2).at(-1), "settled");
  step(210, { kind: "link_up" });
  assert.ok(line(220, `<${localId(2)} X`).includes("dropped stray_reply"));
});

test("refused local requests have no request of the hub's forgotten", () => {
  const { step, line, request, requestLocally } = withHello();
  request(100, "7", "led on");
  step(100, { kind: "written" });
  line(101, "<7 done");
  step(200, { kind: "link_down" });
  for (let count = 0; count < 1100; count++) requestLocally(200, count);
  assert.deepEqual(request(300, "7", "led on"), ["dropped duplicate_request", "publish 7 done"]);
});
