/**
 * Everything real but the silicon: the simulated hub, the built daemon, a tty, and the example firmware on an emulated
 * ATmega328P at true 115200 baud timing. Needs `npm run build`, make, gcc-avr and avr-libc.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { buildExample } from "../firmware/build.ts";
import { type EmulatorProcess, startEmulator } from "../firmware/emulator-process.ts";

const DEVICE = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };
const DAEMON = new URL("../../dist/bin/rrpc-gateway.cjs", import.meta.url).pathname;

const folder = mkdtempSync(join(tmpdir(), "rrpc-firmware-"));
let hub: Hub;
let board: EmulatorProcess;
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<void>)[] = [async () => rmSync(folder, { recursive: true })];

before(async () => {
  const hex = buildExample("bare-metal", "atmega328p.hex");
  let onSubscribed = () => {};
  const subscribed = new Promise<void>((resolve) => {
    onSubscribed = resolve;
  });
  hub = await startHub({
    devices: [DEVICE],
    observe: (event) => event.kind === "subscribed" && onSubscribed(),
  });
  stops.push(() => hub.close());
  board = await startEmulator("--hex", hex);
  stops.push(() => board.stop());
  const { exit, stop } = startDaemon();
  stops.push(stop);
  await Promise.race([subscribed, exit.then((code) => assert.fail(`the daemon ended with ${code}`))]);
  // The first answer waits for the MCU's hello.
  assert.equal(await call("hello"), "hello");
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

function startDaemon(): { exit: Promise<unknown>; stop: () => Promise<void> } {
  writeFileSync(join(folder, "secret"), DEVICE.deviceSecret, { mode: 0o600 });
  writeFileSync(
    join(folder, "config.yaml"),
    `hub:
  transport: tcp
  host: 127.0.0.1
  port: ${hub.mqttPort}
  productId: ${DEVICE.productId}
  deviceName: ${DEVICE.deviceName}
  deviceSecretFile: secret
serial:
  path: ${board.tty}
`,
  );
  const daemon = spawn(process.execPath, [DAEMON, "run", "--config", join(folder, "config.yaml")], {
    stdio: ["ignore", "inherit", "inherit"],
  });
  const exit = once(daemon, "exit").then(([code, signal]) => code ?? signal);
  return {
    exit,
    async stop() {
      daemon.kill("SIGTERM");
      assert.equal(await exit, 0);
    },
  };
}

/** One RRPC call from the cloud's side; the payload of its response. */
async function call(payload: string): Promise<string> {
  const result = await hub.call(DEVICE, payload);
  assert.equal(result.kind, "answered", `${payload}: ${JSON.stringify(result)}`);
  return result.kind === "answered" ? result.payload.toString() : "";
}

/** Calls all at once; the payloads in the order in which their responses came. */
async function answeredInOrder(...payloads: readonly string[]): Promise<string[]> {
  const answered: string[] = [];
  await Promise.all(payloads.map((payload) => call(payload).then(() => answered.push(payload))));
  return answered;
}

/** What an error response says, as `code reason executed`; undefined for an answer of the MCU's. */
function errorOf(response: string): string | undefined {
  if (!response.startsWith('{"error":')) return undefined;
  const { error } = JSON.parse(response) as { error: { code: string; reason: string; executed: string } };
  return `${error.code} ${error.reason} ${error.executed}`;
}

test("calls come back as the firmware answered them", { timeout: 30_000 }, async () => {
  assert.equal(await call("led on"), "on");
  assert.equal(await call('{"text":"grün\n\\"}'), '{"text":"grün\n\\"}');
  assert.equal(errorOf(await call("led dim")), "failed_precondition refused no");
  for (let i = 0; i < 50; i++) assert.equal(await call(`${i}`), `${i}`);
});

test("a window of two is used, and a third command waits its turn", { timeout: 30_000 }, async () => {
  assert.deepEqual(await answeredInOrder("wait 300", "short"), ["short", "wait 300"]);
  assert.deepEqual(await answeredInOrder("wait 300", "wait 200", "short"), ["wait 200", "short", "wait 300"]);
});

test("a reset answers what was in flight at once, and service goes on", { timeout: 30_000 }, async () => {
  const open = call("wait 3000");
  assert.equal(await call("begun"), "begun");
  const startMs = performance.now();
  await board.order("reset");
  assert.equal(errorOf(await open), "aborted mcu_reset unknown");
  assert.ok(performance.now() - startMs < 1000, `it took ${performance.now() - startMs} ms`);
  assert.equal(await call("back"), "back");
});

test("noise makes nothing wrong and nothing twice", { timeout: 60_000 }, async () => {
  const calls = 100;
  const before = Number(await call("count"));
  await board.order("noise 0.001");
  const responses: string[] = [];
  for (let i = 0; i < calls; i++) responses.push(await call("count"));
  await board.order("noise 0");
  // A damaged hello may have been the last that was heard: the first call may still pay for the noise.
  const counted = [...responses, await call("count"), await call("count")].filter((one) => errorOf(one) === undefined);
  const last = Number(counted.at(-1));
  assert.deepEqual(
    counted,
    [...new Set(counted.map(Number))].sort((a, b) => a - b).map(String),
    "every count is said once, in order",
  );
  assert.ok(last - before <= calls + 2, `${last - before} were done of ${calls + 2}`);
  assert.ok(counted.length > 0.95 * calls, `${counted.length} of ${calls + 2} were answered`);
});
