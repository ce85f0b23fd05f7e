/**
 * New firmware for a board while the service goes on: the built daemon releases the port to a real avrdude, which writes to the Arduino
 * Uno's own boot loader (optiboot) on an emulated ATmega328P. Needs `npm run build`, make, gcc-avr, avr-libc, arduino-core-avr and avrdude.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { buildExample, buildOptiboot } from "../firmware/build.ts";
import { type EmulatorProcess, startEmulator } from "../firmware/emulator-process.ts";
import { startCommand } from "../support/command.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

const device = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

const folder = mkdtempSync(join(tmpdir(), "rrpc-flash-"));
const config = join(folder, "config.yaml");
const watch = createWatch();
const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
let hub: Hub;
let board: EmulatorProcess;
let daemon: Daemon;
let firmwares: Readonly<Record<"old" | "new", string>>;

before(async () => {
  firmwares = {
    old: buildExample("bare-metal", "atmega328p.hex"),
    new: buildExample("bare-metal", "atmega328p.hex", {
      folder: "build/new",
      sizes: "-DRRPC_WINDOW=1 -DRRPC_REPLY_BYTES=96",
    }),
  };
  hub = await startHub({ devices: [{ ...device, deviceSecret }], observe: watch.changed });
  stops.push(() => hub.close());
  board = await startEmulator("--hex", firmwares.old, "--bootloader", buildOptiboot(folder));
  stops.push(() => board.stop());
  writeFileSync(join(folder, "secret"), deviceSecret, { mode: 0o600 });
  const sections = {
    hub: { ...device, deviceSecretFile: "secret", transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
    serial: { path: board.tty },
    control: { socket: "control.sock" },
  };
  writeFileSync(config, JSON.stringify(sections, undefined, 2));
  daemon = startDaemon(["run", "--config", config], watch.changed);
  stops.push(async () => {
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0);
  });
  await log(/session: up/);
  await log(/mcu: .*window 2/);
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

const log = (pattern: RegExp, from = 0) =>
  watch.until(`${pattern} in the log`, () => pattern.exec(daemon.stderr().slice(from)) ?? undefined);

async function call(payload: string): Promise<string> {
  const result = await hub.call(device, payload);
  assert.equal(result.kind, "answered", `${payload}: ${JSON.stringify(result)}`);
  return result.kind === "answered" ? result.payload.toString() : "";
}

/** avrdude as an Uno's owner calls it; a pseudo-terminal has no DTR, so that the reset that this would make is made by hand. */
async function flash(firmware: string) {
  const go = join(folder, `go-${Math.random()}`);
  const wait = `echo ready; while [ -d "$2" ] && [ ! -e "$1" ]; do sleep 0.02; done`;
  const upload = `exec avrdude -p m328p -c arduino -P "$RRPC_SERIAL_PATH" -b 115200 -D -U "flash:w:$3:i"`;
  const command = ["sh", "-c", `${wait}; ${upload}`, "sh", go, folder, firmware];
  const program = startCommand(["release", "--config", config, "--for", "1m", "--", ...command], watch.changed);
  await watch.until(`the port:\n${program.stderr()}`, () => program.stdout().includes("ready"));
  const released = JSON.parse(await call("meanwhile")).error;
  assert.deepEqual([released.code, released.reason, released.executed], ["unavailable", "released", "no"]);
  await board.order("reset");
  writeFileSync(go, "");
  return program;
}

/** Waits until the gateway has met such firmware; of several lines about one cause its log has one. */
async function hello(expected: RegExp): Promise<void> {
  let text = "";
  for (const untilMs = performance.now() + 20_000; !expected.test(text); ) {
    assert.ok(performance.now() < untilMs, `the board says ${text}\n${daemon.stderr()}`);
    const status = startCommand(["status", "--config", config, "--json"], () => {});
    await status.ended;
    text = String(JSON.parse(status.stdout()).status.boards[0].hello);
  }
}

test("avrdude writes and verifies new firmware through the boot loader, and the gateway meets it", {
  timeout: 120_000,
}, async () => {
  assert.equal(await call("led on"), "on");
  const program = await flash(firmwares.new);
  assert.equal(await program.ended, 0, program.stderr());
  assert.match(program.stderr(), /bytes of flash verified/);
  await hello(/window 1/);
  assert.equal(await call("led on"), "on");
});

test("an upload that is ended half way leaves no firmware, which callers are told; the next one mends it", {
  timeout: 120_000,
}, async () => {
  const from = daemon.stderr().length;
  const ended = await flash(firmwares.old);
  await watch.until("half of it", () => /Writing \| #{10}/.test(ended.stderr()));
  ended.signal("SIGTERM");
  assert.equal(await ended.ended, 128 + 15, ended.stderr());
  await log(/taken back after/, from);
  // First the port is opened again; then nobody answers there.
  let error: { readonly reason: string; readonly executed: string };
  do error = JSON.parse(await call("led on")).error;
  while (error.reason === "serial_down");
  assert.ok(["no_reply unknown", "mcu_stalled no"].includes(`${error.reason} ${error.executed}`), error.reason);
  const again = await flash(firmwares.old);
  assert.equal(await again.ended, 0, again.stderr());
  await hello(/window 2/);
  assert.equal(await call("led on"), "on");
});
