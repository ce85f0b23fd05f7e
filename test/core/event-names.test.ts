/** A line that begins with an event's name is not shown: it may be that event, without its sigil. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlator } from "../../src/core/correlator.ts";
import { defaultOptions } from "./default-options.ts";

/** Of names that are remembered. */
const rememberedMax = 64;

function serve() {
  const correlator = new Correlator({ ...defaultOptions, idleProbeMs: 0 });
  let now = 0;
  /** What is told of the line. */
  function tell(text: string): readonly string[] {
    now += 1000;
    const outputs = correlator.step({ kind: "line", bytes: Buffer.from(text) }, now);
    return outputs.flatMap((output) => (output.kind === "report" ? [output.report.kind] : []));
  }
  function open(): void {
    correlator.step({ kind: "link_up" }, now);
    correlator.step({ kind: "written" }, now);
    tell("=rrpc/1 boot=1");
  }
  open();
  return { correlator, tell, open, now: () => now };
}

test("more names than are remembered: every line that begins like one is hidden, and nothing else", () => {
  const { tell } = serve();
  for (let n = 1; n <= rememberedMax; n++) tell(`@name${n} open`);
  assert.deepEqual(tell("door is new to us"), ["mcu_log"]);
  tell("@door open");
  assert.deepEqual(tell("door secret"), ["mcu_log_hidden"]);
  assert.deepEqual(tell("Adoor secret"), ["mcu_log_hidden"]);
  assert.deepEqual(tell("name1 secret"), ["mcu_log_hidden"]);
  assert.deepEqual(tell("[12.5] all is well"), ["mcu_log"]);
});

test("names end with the link: another board may be there next", () => {
  const { correlator, tell, open, now } = serve();
  for (let n = 0; n <= rememberedMax; n++) tell(`@name${n} open`);
  assert.deepEqual(tell("name1 is warm"), ["mcu_log_hidden"]);
  correlator.step({ kind: "link_down" }, now());
  open();
  assert.deepEqual(tell("motor is warm"), ["mcu_log"]);
  assert.deepEqual(tell("name1 is warm"), ["mcu_log"]);
});
