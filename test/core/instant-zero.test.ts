import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import { defaultOptions } from "./default-options.ts";

test("an instant of 0 is one: what is due since then does not ring the alarm again and again", () => {
  const correlator = new Correlator({ ...defaultOptions, helloWaitMs: 0 });
  const line = (text: string) => ({ kind: "line", bytes: Buffer.from(text) }) as const;
  correlator.step({ kind: "link_up" }, 0);
  correlator.step({ kind: "written" }, 0);
  correlator.step(line("=rrpc/1 window=1 dedup=4 boot=1"), 0);
  correlator.step({ kind: "request", processId: "1", payload: Buffer.from("a"), arrivedAt: 0 }, 0);
  correlator.step({ kind: "written" }, 0);
  correlator.step(line("!- crc"), 0);
  correlator.step({ kind: "alarm" }, 29);
  correlator.step({ kind: "written" }, 31);
  assert.ok((correlator.wakeAt() ?? 0) > 31, `${correlator.wakeAt()}`);
});
