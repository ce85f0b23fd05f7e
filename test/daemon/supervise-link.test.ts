import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "../../src/config/load.ts";
import { type SupervisedLinkEvent, superviseLink } from "../../src/daemon/supervise-link.ts";
import { monotonicClock } from "../../src/runtime/clock.ts";
import type { Log } from "../../src/runtime/logger.ts";
import { openLink } from "../../src/serial/link.ts";
import { firstBoard } from "../config/first-board.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { createRecorder } from "../serial/recorder.ts";
import { openPty } from "../support/pty.ts";

const neighbourAt = () => undefined;

test("whatever takes the port's place is tried at once, however often that has failed", async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const loaded = loadConfig(folder.write("c.yaml", good.replace("/dev/ttyUSB0", "port")), {});
  assert.ok(loaded.kind === "loaded");
  const { emit, next } = createRecorder<SupervisedLinkEvent>();
  const link = superviseLink(firstBoard(loaded.config).serial, emit, {
    clock: monotonicClock(),
    log: { say() {} },
    openLink,
    neighbourAt,
  });
  t.after(() => link.stop());
  const startedAt = performance.now();
  link.start();
  for (let attempt = 0; attempt < 20; attempt += 1) {
    assert.equal((await next("down")).cause.kind, attempt === 0 ? "no_device" : "not_a_tty");
    renameSync(folder.write("new", ""), join(folder.path, "port"));
  }
  assert.ok(performance.now() - startedAt < 10_000, "the waits between 20 attempts are half a minute");
});

test("a pulse that waits for the port to close is not taken back by a gentler rung", async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const pulsed = `${good.replace("/dev/ttyUSB0", pty.path)}  recovery: {pulse: dtr}\n`;
  const loaded = loadConfig(folder.write("c.yaml", pulsed), {});
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  const { emit, next } = createRecorder<SupervisedLinkEvent>();
  const link = superviseLink(firstBoard(loaded.config).serial, emit, {
    clock: monotonicClock(),
    log: { say() {} },
    openLink,
    neighbourAt,
  });
  t.after(() => link.stop());
  link.start();
  await next("up");
  link.reopen("pulse");
  link.reopen("reopen");
  await next("down");
  // A pseudo-terminal has no DTR, and says so when it is to be pulsed.
  assert.match((await next("note")).text, /DTR and RTS cannot be set/);
});

test("a recovery action that is not possible is told, and closes nothing, also when a reload has brought it", {
  timeout: 60_000,
}, async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const load = (recovery: string) => {
    const text = `${good.replace("/dev/ttyUSB0", pty.path)}  recovery: ${recovery}\n`;
    const loaded = loadConfig(folder.write("c.yaml", text), {});
    assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
    return firstBoard(loaded.config).serial;
  };
  const said: string[] = [];
  const log = { say: (...[, , text]: Parameters<Log["say"]>) => void said.push(text) };
  const { emit, next } = createRecorder<SupervisedLinkEvent>();
  const link = superviseLink(load("{usbPower: auto}"), emit, { clock: monotonicClock(), log, openLink, neighbourAt });
  t.after(() => link.stop());
  link.start();
  await next("up");
  const opening = link.current;
  link.reopen("command");
  await next("kept");
  assert.equal(
    said.at(-1),
    "link: the power cycle of the USB socket is not possible: no USB adapter has been seen at this port",
  );
  // Two who ask at once are served by one attempt.
  const saidBefore = said.length;
  link.reopen("command");
  link.reopen("command");
  await next("kept");
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(said.length, saidBefore + 1);
  link.configure(load("{usbPower: 1-99}"));
  link.reopen("command");
  await next("kept");
  assert.equal(said.at(-1), "link: the power cycle of USB socket 1-99 is not possible: there is no USB socket 1-99");
  assert.ok(opening !== undefined && link.current === opening);
});

test("an order has the first recovery action every time, and takes no turn of the recovery's", {
  timeout: 60_000,
}, async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const recovery = "  recovery: {usbPower: 1-99, command: 'true'}\n";
  const loaded = loadConfig(folder.write("c.yaml", `${good.replace("/dev/ttyUSB0", pty.path)}${recovery}`), {});
  assert.ok(loaded.kind === "loaded", JSON.stringify(loaded));
  const said: string[] = [];
  const log = { say: (...[, , text]: Parameters<Log["say"]>) => void said.push(text) };
  const { emit, next } = createRecorder<SupervisedLinkEvent>();
  const { serial } = firstBoard(loaded.config);
  const link = superviseLink(serial, emit, { clock: monotonicClock(), log, openLink, neighbourAt });
  t.after(() => link.stop());
  link.start();
  await next("up");
  const first = "link: the power cycle of USB socket 1-99 is not possible: there is no USB socket 1-99";
  for (const how of ["first_action", "first_action", "command", "first_action"] as const) {
    said.length = 0;
    link.reopen(how);
    await next("kept");
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(said, [first], how);
  }
  link.reopen("command");
  await next("up");
  assert.ok(said.includes("link: the recovery command ended with 0"), said.join("\n"));
});
