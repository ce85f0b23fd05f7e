import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import { defaultOptions } from "./default-options.ts";

test("a port that is faster than its baud rate is not held to it, however many commands it takes", () => {
  const correlator = new Correlator(defaultOptions);
  correlator.step({ kind: "link_up" }, 0);
  correlator.step({ kind: "written" }, 0);
  correlator.step({ kind: "line", bytes: Buffer.from("=rrpc/1") }, 0);
  const payload = Buffer.alloc(100, "x");
  // A command takes 9 ms at 115200 baud; the deadline is 3500 ms.
  for (let now = 1; now <= 1000; now++) {
    const outputs = correlator.step({ kind: "request", processId: `${now}`, payload, arrivedAt: now }, now);
    assert.deepEqual(
      outputs.map(({ kind }) => kind),
      ["write"],
      `request ${now}`,
    );
    correlator.step({ kind: "written" }, now);
    correlator.step({ kind: "line", bytes: Buffer.from(`<${now}`) }, now + 0.5);
  }
});
