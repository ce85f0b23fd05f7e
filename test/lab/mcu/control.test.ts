import assert from "node:assert/strict";
import { test } from "node:test";
import { controlHelp, type McuControl, readControl } from "../../../src/lab/mcu/control.ts";

const understood: readonly (readonly [text: string, control: McuControl])[] = [
  ["delay 20", { kind: "faults", change: { delayMs: 20 } }],
  ["jitter 5", { kind: "faults", change: { jitterMs: 5 } }],
  ["echo on", { kind: "faults", change: { echo: true } }],
  ["loopback off", { kind: "faults", change: { loopback: false } }],
  ["silence on", { kind: "faults", change: { silence: true } }],
  ["silence off", { kind: "faults", change: { silence: false } }],
  ["stall on", { kind: "faults", change: { stall: true } }],
  ["block off", { kind: "block", on: false }],
  ["drop 0.02", { kind: "faults", change: { dropReceived: 0.02, dropSent: 0.02 } }],
  ["drop 1 received", { kind: "faults", change: { dropReceived: 1 } }],
  ["garble .5 sent", { kind: "faults", change: { garbleSent: 0.5 } }],
  ["wrongid 0.1", { kind: "faults", change: { wrongId: 0.1 } }],
  ["duplicate 0", { kind: "faults", change: { duplicate: 0 } }],
  ["split 3", { kind: "faults", change: { splitBytes: 3 } }],
  ["merge 10", { kind: "faults", change: { mergeMs: 10 } }],
  ["  reset ", { kind: "reset" }],
  ["unplug", { kind: "unplug" }],
  ["plug", { kind: "plug" }],
  ["plug /tmp/tty A", { kind: "plug", link: "/tmp/tty A" }],
  ["hangup 500", { kind: "hangup", backAfterMs: 500 }],
  ["hangup 500 /tmp/ttyB", { kind: "hangup", backAfterMs: 500, link: "/tmp/ttyB" }],
  ["event door open now", { kind: "event", name: "door", payload: "open now" }],
  ["event tick", { kind: "event", name: "tick", payload: "" }],
  ["log homing  done", { kind: "log", text: "homing  done" }],
  ["flood 4000000", { kind: "flood", bytes: 4_000_000, form: "noise" }],
  ["flood 500 replies", { kind: "flood", bytes: 500, form: "replies" }],
  [
    "send <7 ok\\n\\xFFé",
    { kind: "send", bytes: Buffer.concat([Buffer.from("<7 ok\n"), Buffer.of(0xff, 0xc3, 0xa9)]) },
  ],
];

for (const [text, control] of understood) {
  test(`understood: ${text}`, () => assert.deepEqual(readControl(text), { kind: "valid", control }));
}

const wrong = [
  "delay",
  "delay -1",
  "delay 1.5",
  "delay 999999999",
  "silence",
  "silence maybe",
  "drop 1.1",
  "drop 0.1 up",
  "wrongid 0.1 sent",
  "reset now",
  "hangup soon",
  "event a.b",
  "flood 1 lines",
  "flood 50000001",
  "send \\q",
];

for (const text of wrong) {
  test(`not understood: ${text}`, () => {
    const read = readControl(text);
    assert.ok(read.kind === "invalid");
    assert.ok(read.problem.startsWith(`expected: ${text.split(" ")[0]}`), read.problem);
  });
}

test("an unknown word is answered with the known ones", () => {
  const read = readControl("silense on");
  assert.ok(read.kind === "invalid");
  assert.match(read.problem, /^unknown word "silense"; expected delay, .*silence, .*help$/);
});

test("the help names every word that is understood", () => {
  for (const [text] of understood) assert.match(controlHelp, new RegExp(`^  ${text.trim().split(" ")[0]}\\b`, "m"));
});
