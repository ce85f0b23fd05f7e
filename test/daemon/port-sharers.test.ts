import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { Report } from "../../src/core/report.ts";
import { PortSharers } from "../../src/daemon/port-sharers.ts";
import type { PortHolder } from "../../src/host/port-holders.ts";

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
  const world = { now: 0, holders: [] as PortHolder[], looks: 0, said, paths: ["pump", "valve"] };
  let held: Promise<unknown> = Promise.resolve();
  const log = {
    say: (level: string, _key: string, text: string, _incident?: string, board?: string) =>
      void said.push(`${level} ${board}: ${text}`),
  };
  const holdersOf = () => {
    world.looks += 1;
    return held.then(() => world.holders);
  };
  const pathOf = (board: string) => (world.paths.includes(board) ? `/dev/${board}` : undefined);
  const sharers = new PortSharers({ log, holdersOf, pathOf });
  return {
    world,
    sharers,
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
  await report(settled("no_reply"));
  const told =
    "warn pump: link: minicom (process 812) has /dev/pump open as well, and gets a part of what the MCU says";
  assert.deepEqual(world.said, [told]);
  world.now = 30_000;
  await report(damaged);
  assert.deepEqual(world.said, [told]);
  world.now = 60_000;
  world.holders = [];
  await report(damaged);
  assert.deepEqual(world.said, [told, "info pump: link: nobody else has /dev/pump open any more"]);
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
  const { world, report, holdUntil } = watched();
  let release = () => {};
  holdUntil(
    new Promise<void>((resolve) => {
      release = resolve;
    }),
  );
  await report(settled("no_reply"), "pump");
  await report(settled("no_reply"), "valve");
  assert.equal(world.looks, 1);
  release();
  await turn();
  assert.equal(world.looks, 2);
});

test("of a board that is gone nothing is looked up, told or kept", async () => {
  const { world, sharers, report, holdUntil } = watched();
  let release = () => {};
  holdUntil(
    new Promise<void>((resolve) => {
      release = resolve;
    }),
  );
  world.holders = [{ pid: 812, name: "minicom" }];
  await report(settled("no_reply"), "gone");
  assert.equal(world.looks, 0);
  await report(settled("no_reply"), "pump");
  sharers.forget("pump");
  release();
  await turn();
  assert.deepEqual([world.looks, world.said], [1, []]);
});
