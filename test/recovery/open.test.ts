/** The actions of one port, whose options a reload changes. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import type { RecoveryAction } from "../../src/recovery/action.ts";
import { openRecovery, type RecoveryActions } from "../../src/recovery/open.ts";
import { firstBoard } from "../config/first-board.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { createSysfs, type Sysfs, untilSwitched } from "../support/sysfs.ts";

/** Nothing here takes a second; only a power that never goes off takes so long. */
const timeout = 60_000;
/** The longest that there is: meanwhile nothing but the end of the action switches the power on. */
const offMs = 10_000;

/** `serial.recovery` as a configuration file has it. */
function recovery(t: TestContext, options: object) {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const loaded = loadConfig(folder.write("c.yaml", `${good}  recovery: ${JSON.stringify(options)}\n`), {});
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  return firstBoard(loaded.config).serial.recovery;
}

/** An adapter in the socket 1-1.2, whose power is to be switched. */
function open(t: TestContext): { sysfs: Sysfs; actions: RecoveryActions } {
  const sysfs = createSysfs(t);
  sysfs.addPort("1-1.2");
  const path = sysfs.addTty("ttyUSB0", "usb1/1-1/1-1.2/1-1.2:1.0/ttyUSB0/tty");
  const options = recovery(t, { usbPower: "auto", usbPowerOffMs: offMs });
  return { sysfs, actions: openRecovery({ path, recovery: options }, partsOf(sysfs)) };
}

function partsOf({ root }: Sysfs) {
  return { env: { RUNTIME_DIRECTORY: root }, neighbourAt: () => undefined, sysfs: root };
}

function next(actions: RecoveryActions): RecoveryAction {
  const action = actions.next();
  assert.ok(action);
  return action;
}

test("an adapter that has gone is known by where it was, and one that moved by where it is", { timeout }, async (t) => {
  const { sysfs, actions } = open(t);
  sysfs.removeTty("ttyUSB0");
  actions.portOpened();
  const cycle = next(actions).run();
  await untilSwitched("off", sysfs, "1-1.2");
  cycle.kill();
  await cycle.ended;
  sysfs.addPort("1-4");
  sysfs.addTty("ttyUSB0", "usb1/1-4/1-4:1.0/ttyUSB0/tty1");
  actions.portOpened();
  assert.equal(next(actions).text, "the power cycle of USB socket 1-4");
});

test("a reload cuts no power cycle short, and forgets nothing of the adapter that is away meanwhile", {
  timeout,
}, async (t) => {
  const { sysfs, actions } = open(t);
  const cycle = next(actions).run();
  await untilSwitched("off", sysfs, "1-1.2");
  sysfs.removeTty("ttyUSB0");
  actions.configure(recovery(t, { usbPower: "auto", usbPowerOffMs: offMs, command: "true" }));
  assert.equal(await next(actions).run().ended, "ended with 0", "the new one takes its turn");
  assert.equal(sysfs.isOff("1-1.2"), true);
  assert.equal(next(actions).text, "the power cycle of USB socket 1-1.2");
  cycle.kill();
  await cycle.ended;
  assert.equal(sysfs.isOff("1-1.2"), false);
});

test("what a killed process has left off is switched on when the next one begins, though no power is its business any more", {
  timeout,
}, async (t) => {
  const sysfs = createSysfs(t);
  sysfs.addPort("1-1.2");
  sysfs.set("1-1.2", "1");
  writeFileSync(join(sysfs.root, "usb-power-off-1-1.2"), "1-1.2\n");
  openRecovery({ path: "/no/such/tty", recovery: recovery(t, { command: "true" }) }, partsOf(sysfs));
  await untilSwitched("on", sysfs, "1-1.2");
});

test("a board that comes later does not end the power cycle of another one", { timeout }, async (t) => {
  const { sysfs, actions } = open(t);
  const cycle = next(actions).run();
  await untilSwitched("off", sysfs, "1-1.2");
  const later = openRecovery({ path: "/no/such/tty", recovery: recovery(t, { command: "true" }) }, partsOf(sysfs));
  // What a start would switch on, it would have begun to switch on before this.
  for (let i = 0; i < 3; i += 1) await next(later).run().ended;
  assert.equal(sysfs.isOff("1-1.2"), true);
  cycle.kill();
  await cycle.ended;
});
