import assert from "node:assert/strict";
import { existsSync, readFileSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { createUsbPower, type UsbPower } from "../../src/recovery/usb-power.ts";
import { createSysfs, type Sysfs } from "./sysfs.ts";

const tty = "usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty";

/** An adapter in the socket 1-1.2, whose power is switched. */
function create(t: TestContext, change: { socket?: string; offMs?: number } = {}): { sysfs: Sysfs; power: UsbPower } {
  const sysfs = createSysfs(t);
  sysfs.addPort("1-1.2");
  const path = sysfs.addTty("ttyUSB0", tty);
  return { sysfs, power: start(sysfs, path, change) };
}

function start(sysfs: Sysfs, path: string, { socket = "auto", offMs = 50 }: { socket?: string; offMs?: number }) {
  return createUsbPower({ path, socket, offMs, stateFolder: sysfs.root, sysfs: sysfs.root });
}

const noteOf = (sysfs: Sysfs) => join(sysfs.root, "usb-power-off");

/** Settles when the socket's power is off: its file is watched, nobody sleeps. */
function untilOff(sysfs: Sysfs, socket: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!sysfs.isOff(socket)) return;
      watcher.close();
      resolve();
    };
    const watcher = watch(sysfs.switchOf(socket), look);
    look();
  });
}

test("the power goes off, for the time that is asked for, and on again", async (t) => {
  const { sysfs, power } = create(t, { offMs: 200 });
  const action = power.run();
  await untilOff(sysfs, "1-1.2");
  const offAt = performance.now();
  assert.equal(readFileSync(noteOf(sysfs), "utf8"), "1-1.2\n");
  assert.equal(await action.ended, "is done");
  assert.ok(performance.now() - offAt > 150, "200 ms, less what it took to see that it was off");
  assert.equal(sysfs.isOff("1-1.2"), false);
  assert.equal(existsSync(noteOf(sysfs)), false);
  assert.equal(power.text, "the power cycle of USB socket 1-1.2");
});

test("both ports of a USB 3 socket are switched", async (t) => {
  const { sysfs, power } = create(t, { offMs: 1000 });
  sysfs.addPort("2-1.2");
  sysfs.pair("1-1.2", "2-1.2");
  const action = power.run();
  await untilOff(sysfs, "1-1.2");
  await untilOff(sysfs, "2-1.2");
  assert.equal(await action.ended, "is done");
  assert.deepEqual([sysfs.isOff("1-1.2"), sysfs.isOff("2-1.2")], [false, false]);
});

test("whoever stops meanwhile switches it on at once, and is told when it is", async (t) => {
  const { sysfs, power } = create(t, { offMs: 3_600_000 });
  const action = power.run();
  await untilOff(sysfs, "1-1.2");
  action.kill();
  await action.ended;
  assert.equal(sysfs.isOff("1-1.2"), false);
  assert.equal(existsSync(noteOf(sysfs)), false);
});

test("an adapter that has gone is known by where it was, and one that moved by where it is", async (t) => {
  const { sysfs, power } = create(t);
  sysfs.removeTty("ttyUSB0");
  power.remember();
  assert.equal(await power.run().ended, "is done");
  sysfs.addPort("1-4");
  sysfs.addTty("ttyUSB0", "usb1/1-4/1-4:1.0/ttyUSB0/tty1");
  power.remember();
  assert.equal(power.text, "the power cycle of USB socket 1-4");
});

test("what cannot be switched is told with what helps, and left as it is", async (t) => {
  const sysfs = createSysfs(t);
  const path = sysfs.device("ttyUSB0");
  assert.equal(await start(sysfs, path, {}).run().ended, "is not possible: no USB adapter has been seen at this port");
  assert.equal(await start(sysfs, path, { socket: "1-7" }).run().ended, "is not possible: there is no USB socket 1-7");
  assert.equal(existsSync(noteOf(sysfs)), false);
});

test("what a killed process has left off is switched on by the next one", async (t) => {
  const sysfs = createSysfs(t);
  for (const socket of ["1-1.2", "1-3"]) {
    sysfs.addPort(socket);
    sysfs.set(socket, "1");
  }
  writeFileSync(noteOf(sysfs), "1-1.2\n");
  await start(sysfs, sysfs.device("ttyUSB0"), {}).restore();
  assert.deepEqual([sysfs.isOff("1-1.2"), sysfs.isOff("1-3")], [false, true], "what somebody else switched is his");
  assert.equal(existsSync(noteOf(sysfs)), false);
  await start(sysfs, sysfs.device("ttyUSB0"), { socket: "1-3" }).restore();
  assert.equal(sysfs.isOff("1-3"), true);
});

test("a note that names no socket is not followed", async (t) => {
  const sysfs = createSysfs(t);
  sysfs.addPort("1-3");
  sysfs.set("1-3", "1");
  for (const note of ["../devices/1-3", "", "1-3\n1-3", "x".repeat(100_000)]) {
    writeFileSync(noteOf(sysfs), note);
    await start(sysfs, sysfs.device("ttyUSB0"), {}).restore();
    assert.equal(sysfs.isOff("1-3"), true);
  }
});
