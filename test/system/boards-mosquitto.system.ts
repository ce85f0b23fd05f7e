/**
 * Two boards behind one session with a real mosquitto, which knows nothing of gateways: a client beside it answers their operations.
 * Two real pseudo-terminals, and the built daemon. Needs `npm run build` and mosquitto.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import mqtt, { type MqttClient } from "mqtt";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { answerOperations, type GatewayOperations } from "../support/gateway-operations.ts";
import { createMosquitto, freePort, type MosquittoProcess } from "../support/mosquitto.ts";
import { createWatch } from "../support/watch.ts";

const gateway = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const boards = ["pump", "valve"] as const;
type Board = (typeof boards)[number];
const deviceOf = (board: Board) => ({ productId: "SUBPRODUCT", deviceName: board });

const folder = mkdtempSync(join(tmpdir(), "rrpc-boards-"));
const file = join(folder, "config.yaml");
const watch = createWatch();
const responses = new Map<string, string[]>();
/** What the hub says of a board's online; 0 unless set. */
const codes = new Map<string, number>();
let broker: MosquittoProcess;
let cloud: MqttClient;
let operations: GatewayOperations;
let mcus: Readonly<Record<Board, VirtualMcu>>;
let daemon: Daemon;
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];

before(async () => {
  const port = await freePort();
  writeFileSync(
    join(folder, "mosquitto.conf"),
    `user root\nlog_type all\nlog_dest stderr\nlistener ${port} 127.0.0.1\nallow_anonymous true\n`,
  );
  broker = createMosquitto(folder, watch);
  stops.push(() => broker.kill());
  await broker.start();
  cloud = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`);
  stops.push(() => cloud.endAsync(true));
  cloud.on("message", (topic, payload) => {
    const name = topic.replace("$rrpc/txd/SUBPRODUCT/", "");
    responses.set(name, [...(responses.get(name) ?? []), payload.toString()]);
    watch.changed();
  });
  await cloud.subscribeAsync("$rrpc/txd/#");
  operations = await answerOperations(
    cloud,
    (operation, { deviceName }) => (operation === "online" ? (codes.get(deviceName) ?? 0) : 0),
    watch.changed,
  );
  const startMcu = async (board: Board) => {
    const mcu = await startVirtualMcu({ link: join(folder, board), reply: (payload) => `${board}:${payload}` });
    stops.push(() => mcu.close());
    return mcu;
  };
  mcus = { pump: await startMcu("pump"), valve: await startMcu("valve") };
  writeFileSync(join(folder, "secret"), deviceSecret, { mode: 0o600 });
  const sections = Object.fromEntries(
    boards.map((board) => [board, { device: deviceOf(board), serial: { path: board } }]),
  );
  writeConfig({
    hub: { ...gateway, deviceSecretFile: "secret", transport: "tcp", host: "127.0.0.1", port },
    boards: sections,
  });
  daemon = startDaemon(["run", "--config", file], watch.changed);
  stops.push(async () => {
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0, daemon.stderr());
  });
  for (const board of boards) await served(board);
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

interface Config {
  readonly hub: object;
  readonly boards: Readonly<Record<string, object>>;
}

function writeConfig(config: Config): void {
  writeFileSync(file, JSON.stringify(config, undefined, 2));
}

let idCount = 0;
const newId = () => `${++idCount}`;

/** The response to a request, or its second, third … one. */
async function call(board: Board, payload: string, id = newId(), boundMs?: number): Promise<string> {
  const name = `${board}/${id}`;
  const before = responses.get(name)?.length ?? 0;
  await cloud.publishAsync(`$rrpc/rxd/SUBPRODUCT/${name}`, payload);
  return await watch.until(`the response to ${name}`, () => responses.get(name)?.[before], boundMs);
}

/** A broker drops what nobody has subscribed: it is asked again and again. */
async function served(board: Board): Promise<void> {
  const boundAt = performance.now() + 30_000;
  while (performance.now() < boundAt) {
    const answer = await call(board, "?", newId(), 300).catch(() => "no answer");
    if (answer === `${board}:?`) return;
  }
  assert.fail(`${board} is not served:\n${daemon.stderr()}`);
}

function operationsOf(board: Board, operation: string): number {
  return operations.seen.filter((one) => one.operation === operation && one.device.deviceName === board).length;
}

test("both are asked at once under one processID, and each answers for itself", { timeout: 60_000 }, async () => {
  const pump = call("pump", "slow 1000", "41440");
  assert.equal(await call("valve", "open", "41440"), "valve:open");
  assert.equal(responses.get("pump/41440"), undefined, "the valve has waited for the pump");
  assert.equal(await pump, "pump:slow 1000");
  assert.deepEqual([responses.get("pump/41440")?.length, responses.get("valve/41440")?.length], [1, 1]);
});

test("one is unplugged while the other goes on", { timeout: 60_000 }, async () => {
  const open = call("pump", "slow 3000");
  assert.equal(await call("valve", "before"), "valve:before");
  await mcus.pump.control({ kind: "unplug" });
  assert.match(await open, /"reason":"link_lost".*"board":"pump"|"board":"pump".*"reason":"link_lost"/);
  for (let n = 0; n < 20; n++) assert.equal(await call("valve", `go on ${n}`), `valve:go on ${n}`);
  assert.match(await call("pump", "hello"), /serial_down/);
  await mcus.pump.control({ kind: "plug" });
  await served("pump");
});

test("one is unbound and bound again: it is acknowledged, followed, and the other one is served meanwhile", {
  timeout: 60_000,
}, async () => {
  const changes = operationsOf("pump", "change");
  const onlines = operationsOf("pump", "online");
  await operations.change(gateway, deviceOf("pump"), 0);
  await watch.until("the acknowledgement", () => operationsOf("pump", "change") > changes);
  assert.equal(await call("valve", "meanwhile"), "valve:meanwhile");
  await operations.change(gateway, deviceOf("pump"), 1);
  await watch.until("online again", () => operationsOf("pump", "online") > onlines);
  await served("pump");
});
