import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { RecoveryAction } from "../../src/recovery/action.ts";
import { createUsbPower, restoreUsbPower } from "../../src/recovery/usb-power.ts";
import { createSysfs, type Sysfs, untilSwitched } from "../support/sysfs.ts";

/** Nothing here takes a second; only a power that never goes off takes so long. */
const timeout = 60_000;
/** A power that is off for so long can be looked at at leisure: it is on again when the action is killed. */
const hourMs = 3_600_000;

/** The socket 1-1.2, whose power is switched. */
function create(t: TestContext, offMs: number): { sysfs: Sysfs; power: RecoveryAction } {
  const sysfs = createSysfs(t);
  sysfs.addPort("1-1.2");
  return { sysfs, power: start(sysfs, "1-1.2", offMs) };
}

function start(sysfs: Sysfs, socket: string | undefined, offMs = 50, neighbour?: string): RecoveryAction {
  const options = { socket: () => socket, offMs, neighbourAt: () => neighbour };
  return createUsbPower({ ...options, stateFolder: sysfs.root, sysfs: sysfs.root });
}

const noteOf = (sysfs: Sysfs) => join(sysfs.root, "usb-power-off-1-1.2");

test("the power goes off, for the time that is asked for, and on again", { timeout }, async (t) => {
  const { sysfs, power } = create(t, 200);
  const startedAt = performance.now();
  assert.equal(await power.run().ended, "is done");
  assert.ok(performance.now() - startedAt >= 200);
  assert.equal(sysfs.isOff("1-1.2"), false);
  assert.equal(existsSync(noteOf(sysfs)), false);
  assert.equal(power.text, "the power cycle of USB socket 1-1.2");
});

test("both ports of a USB 3 socket are switched", { timeout }, async (t) => {
  const { sysfs, power } = create(t, hourMs);
  sysfs.addPort("2-1.2");
  sysfs.pair("1-1.2", "2-1.2");
  const action = power.run();
  await untilSwitched("off", sysfs, "1-1.2");
  await untilSwitched("off", sysfs, "2-1.2");
  action.kill();
  await action.ended;
  assert.deepEqual([sysfs.isOff("1-1.2"), sysfs.isOff("2-1.2")], [false, false]);
});

test("whoever stops meanwhile switches it on at once, and is told when it is", { timeout }, async (t) => {
  const { sysfs, power } = create(t, hourMs);
  const action = power.run();
  await untilSwitched("off", sysfs, "1-1.2");
  assert.equal(readFileSync(noteOf(sysfs), "utf8"), "1-1.2\n");
  action.kill();
  await action.ended;
  assert.equal(sysfs.isOff("1-1.2"), false);
  assert.equal(existsSync(noteOf(sysfs)), false);
});

test("what cannot be switched is told with what helps", (t) => {
  const sysfs = createSysfs(t);
  assert.equal(start(sysfs, undefined).problem(), "no USB adapter has been seen at this port");
  assert.equal(start(sysfs, "1-7").problem(), "there is no USB socket 1-7");
  const { power } = create(t, 50);
  assert.equal(power.problem(), undefined);
});

test("a socket that another board serves by stays on, and one that is being switched is not switched twice", {
  timeout,
}, async (t) => {
  const { sysfs, power } = create(t, hourMs);
  const beside = start(sysfs, "1-1.2", 50, "board valve serves or is released");
  assert.equal(beside.problem(), "board valve serves or is released, and has its power from the same socket");
  const action = power.run();
  await untilSwitched("off", sysfs, "1-1.2");
  const second = start(sysfs, "1-1.2");
  assert.equal(second.problem(), "another board has it switched just now");
  // Another socket's cycle ends, and leaves the note of this one.
  sysfs.addPort("1-3");
  await start(sysfs, "1-3").run().ended;
  assert.equal(existsSync(noteOf(sysfs)), true);
  action.kill();
  await action.ended;
  assert.equal(second.problem(), undefined);
});

test("what a killed process has left off is switched on by the next one", async (t) => {
  const sysfs = createSysfs(t);
  for (const socket of ["1-1.2", "1-3"]) {
    sysfs.addPort(socket);
    sysfs.set(socket, "1");
  }
  writeFileSync(noteOf(sysfs), "1-1.2\n");
  await restoreUsbPower(sysfs.root, sysfs.root);
  assert.deepEqual([sysfs.isOff("1-1.2"), sysfs.isOff("1-3")], [false, true], "what somebody else switched is his");
  assert.equal(existsSync(noteOf(sysfs)), false);
  await restoreUsbPower(sysfs.root, sysfs.root);
  assert.equal(sysfs.isOff("1-3"), true);
});

test("a note that names no socket is not followed", async (t) => {
  const sysfs = createSysfs(t);
  sysfs.addPort("1-3");
  sysfs.set("1-3", "1");
  for (const note of ["../devices/1-3", "", "1-3\n1-3", "x".repeat(100_000)]) {
    writeFileSync(noteOf(sysfs), note);
    await restoreUsbPower(sysfs.root, sysfs.root);
    assert.equal(sysfs.isOff("1-3"), true);
  }
});
