/** A request that is overdue when the process runs again: what comes with its id has a deadline and a response of its own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import { defaultOptions } from "./default-options.ts";

/** A correlator that was given `1 a` at 1000 and `1 b` at 1001, has written the first, and was then suspended until 5000. */
function resumed() {
  const correlator = new Correlator(defaultOptions);
  const request = (now: number, text: string) => {
    const outputs = correlator.step(
      { kind: "request", processId: "1", payload: Buffer.from(text), arrivedAt: now },
      now,
    );
    return outputs.flatMap((output) => (output.kind === "publish" ? `${output.payload}` : []));
  };
  correlator.step({ kind: "link_up" }, 0);
  correlator.step({ kind: "written" }, 0);
  correlator.step({ kind: "line", bytes: Buffer.from("=rrpc/1 boot=1") }, 100);
  request(1000, "a");
  correlator.step({ kind: "written" }, 1000);
  request(1001, "b");
  correlator.step({ kind: "resumed", until: 5100 }, 5000);
  return { correlator, request };
}

test("its repetition is told what has become of it", () => {
  const { request } = resumed();
  const [response = "", ...others] = request(5000, "a");
  assert.match(response, /"no_reply"/);
  assert.deepEqual(others, []);
});

test("the repetition of one that was held back behind it is answered too", () => {
  const { request } = resumed();
  const [response = "", ...others] = request(5000, "b");
  assert.match(response, /"id_held"/);
  assert.deepEqual(others, []);
});
