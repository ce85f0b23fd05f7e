/**
 * Two boards behind one session, everything real but the silicon: the simulated hub with two sub-devices, the built daemon, two ttys, and
 * two images of the example firmware, each on an emulated ATmega328P of its own at true 115200 baud timing. Needs `npm run build`,
 * make, gcc-avr and avr-libc.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { buildExample } from "../firmware/build.ts";
import { type EmulatorProcess, startEmulator } from "../firmware/emulator-process.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

const gateway = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const boards = ["wide", "narrow"] as const;
type Board = (typeof boards)[number];
const narrow = { folder: "build/narrow", sizes: "-DRRPC_WINDOW=1 -DRRPC_REPLY_BYTES=64" };
const deviceOf = (board: Board) => ({ productId: "SUBPRODUCT", deviceName: board });

const folder = mkdtempSync(join(tmpdir(), "rrpc-firmware-boards-"));
const watch = createWatch();
let hub: Hub;
let chips: Readonly<Record<Board, EmulatorProcess>>;
let daemon: Daemon;
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];

before(async () => {
  hub = await startHub({
    devices: [{ ...gateway, deviceSecret }],
    subDevices: boards.map((board) => ({ ...deviceOf(board), deviceSecret, boundTo: gateway })),
    observe: watch.changed,
  });
  stops.push(() => hub.close());
  const start = async (hex: string) => {
    const chip = await startEmulator("--hex", hex);
    stops.push(() => chip.stop());
    return chip;
  };
  chips = {
    wide: await start(buildExample("bare-metal", "atmega328p.hex")),
    narrow: await start(buildExample("bare-metal", "atmega328p.hex", narrow)),
  };
  writeFileSync(join(folder, "secret"), deviceSecret, { mode: 0o600 });
  const config = {
    hub: { ...gateway, deviceSecretFile: "secret", transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
    boards: Object.fromEntries(
      boards.map((board) => [board, { device: deviceOf(board), serial: { path: chips[board].tty } }]),
    ),
  };
  writeFileSync(join(folder, "config.yaml"), JSON.stringify(config, undefined, 2));
  daemon = startDaemon(["run", "--config", join(folder, "config.yaml")], watch.changed);
  stops.push(async () => {
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0);
  });
  for (const board of boards) {
    await watch.until(`${board} to serve`, () => new RegExp(`${board}: mcu: .*window`).test(daemon.stderr()));
    await watch.until(`${board} to be online`, () => hub.console.isOnline(deviceOf(board)));
  }
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** The payload of a call's response. */
async function call(board: Board, payload: string, processId?: string): Promise<string> {
  const result = await hub.call(deviceOf(board), payload, processId === undefined ? {} : { processId });
  assert.equal(result.kind, "answered", `${board}: ${payload}: ${JSON.stringify(result)}`);
  return result.kind === "answered" ? result.payload.toString() : "";
}

test("each board says what its own image can", () => {
  assert.match(daemon.stderr(), /wide: mcu: .*window 2/);
  assert.match(daemon.stderr(), /narrow: mcu: .*window 1/);
});

test("both answer at once, under one processID, each as its own image does", { timeout: 60_000 }, async () => {
  const answered: string[] = [];
  const note = (board: Board, payload: string) =>
    call(board, payload, "41440").then((text) => answered.push(`${board} ${text}`));
  await Promise.all([note("narrow", "wait 800"), note("wide", "short")]);
  assert.deepEqual(answered, ["wide short", "narrow waited"]);
  await Promise.all(
    boards.map(async (board) => {
      for (let n = 0; n < 30; n++) assert.equal(await call(board, `${board} ${n}`, `${n}`), `${board} ${n}`);
    }),
  );
});

test("a reset of one board answers what it had in flight, and the other one notices nothing", {
  timeout: 60_000,
}, async () => {
  const lost = call("narrow", "wait 3000");
  const kept = call("wide", "wait 1500");
  assert.equal(await call("wide", "begun"), "begun");
  await chips.narrow.order("reset");
  assert.match(await lost, /"reason":"mcu_reset".*"board":"narrow"|"board":"narrow".*"reason":"mcu_reset"/);
  assert.equal(await kept, "waited");
  assert.equal(await call("narrow", "back"), "back");
});

test("noise on one line makes nothing wrong on the other", { timeout: 60_000 }, async () => {
  await chips.narrow.order("noise 0.01");
  for (let n = 0; n < 50; n++) {
    void hub.call(deviceOf("narrow"), `noisy ${n}`);
    assert.equal(await call("wide", `clear ${n}`), `clear ${n}`);
  }
  await chips.narrow.order("noise 0");
});
