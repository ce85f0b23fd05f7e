import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { describe, test } from "node:test";
import { createWatch } from "../watch.ts";
import { startStarvationMeter, VoidPlays } from "./starvation.ts";
import { WaitWindow } from "./wait-window.ts";

function sample(lateMs: number, waits: Readonly<Record<number, number>>) {
  return { lateMs, waitedMs: new Map(Object.entries(waits).map(([pid, waitedMs]) => [Number(pid), waitedMs])) };
}

describe("waits within half a second", () => {
  test("are told for the one that waited longest", () => {
    const window = new WaitWindow();
    assert.equal(window.add(sample(3, { 7: 1000 })), 3);
    assert.equal(window.add(sample(3, { 7: 1040, 8: 90 })), 40);
    assert.equal(window.add(sample(50, { 7: 1050, 8: 100 })), 56);
  });

  test("are forgotten after it", () => {
    const window = new WaitWindow();
    window.add(sample(200, {}));
    for (let count = 1; count < 20; count += 1) assert.equal(window.add(sample(0, {})), 200);
    assert.equal(window.add(sample(0, {})), 0);
  });

  test("do not go down where a process has ended", () => {
    const window = new WaitWindow();
    window.add(sample(0, { 7: 500 }));
    assert.equal(window.add(sample(0, {})), 0);
  });
});

test("processes that want more than the machine has are seen to wait; the meter ends", async () => {
  const meter = startStarvationMeter();
  const watch = createWatch();
  const looking = setInterval(watch.changed, 10);
  const wanting = Array.from({ length: 4 * availableParallelism() }, () =>
    spawn(process.execPath, ["-e", "for (;;);"]),
  );
  try {
    for (const { pid } of wanting) meter.follow(pid ?? -1);
    await watch.until("a process that waits", () => meter.wasStarved());
    assert.ok(meter.worstMs() >= 100);
  } finally {
    for (const each of wanting) each.kill("SIGKILL");
    clearInterval(looking);
    await meter.stop();
  }
});

test("one play of ten, and two beyond, may be void", () => {
  const plays = new VoidPlays();
  for (let count = 0; count < 20; count += 1) plays.played();
  assert.deepEqual(
    [1, 2, 3, 4, 5].map(() => plays.mayBeVoid()),
    [true, true, true, true, false],
  );
});
