import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Report } from "../../src/core/report.ts";
import { watchSharers } from "../../src/daemon/port-sharers.ts";
import type { PortHolder } from "../../src/host/port-holders.ts";
import type { Clock } from "../../src/runtime/clock.ts";

const damaged: Report = { kind: "dropped", name: "damaged_line" };
const settled = (outcome: "ok" | "no_reply"): Report => ({
  kind: "settled",
  processId: "1",
  outcome,
  totalMs: 1,
  queueMs: 0,
  wireMs: 1,
  leftMs: 1,
});

function watched() {
  const said: string[] = [];
  const world = { now: 0, holders: [] as PortHolder[], looks: 0, said };
  let held: Promise<unknown> = Promise.resolve();
  const clock = { now: () => world.now } as Clock;
  const log = { say: (level: string, _key: string, text: string) => void said.push(`${level} ${text}`) };
  const holdersOf = () => {
    world.looks += 1;
    return held.then(() => world.holders);
  };
  const sharers = watchSharers({ board: "pump", path: () => "/dev/ttyX" }, { clock, log, holdersOf });
  return {
    world,
    holdUntil(released: Promise<unknown>) {
      held = released;
    },
    async report(report: Report, board = "pump") {
      sharers.observe({ kind: "report", board, report }, world.now);
      await turn();
    },
  };
}

test("who has the port open as well is told when replies are missing or garbled: once, and when it changes", async () => {
  const { world, report } = watched();
  world.holders = [{ pid: 812, name: "minicom" }];
  await report(settled("ok"));
  assert.deepEqual([world.looks, world.said], [0, []]);
  await report(settled("no_reply"), "another");
  assert.equal(world.looks, 0);
  await report(settled("no_reply"));
  const told = "warn link: minicom (process 812) has /dev/ttyX open as well, and gets a part of what the MCU says";
  assert.deepEqual(world.said, [told]);
  world.now = 30_000;
  await report(damaged);
  assert.deepEqual(world.said, [told]);
  world.now = 60_000;
  world.holders = [];
  await report(damaged);
  assert.deepEqual(world.said, [told, "info link: nobody else has /dev/ttyX open any more"]);
});

test("a flood of damaged lines is one look in 30 s, and nobody is nothing to tell", async () => {
  const { world, report } = watched();
  for (let count = 0; count < 1000; count++) {
    world.now += 10;
    await report(damaged);
  }
  assert.deepEqual([world.looks, world.said], [1, []]);
});

test("the looks of several boards follow each other: all at once they would hold up the responses of all", async () => {
  const [first, second] = [watched(), watched()];
  let release = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  first.holdUntil(slow);
  await first.report(settled("no_reply"));
  await second.report(settled("no_reply"));
  assert.deepEqual([first.world.looks, second.world.looks], [1, 0]);
  release();
  await turn();
  assert.equal(second.world.looks, 1);
});
