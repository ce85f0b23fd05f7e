/**
 * The built daemon against a real mosquitto: mutual TLS, the certificate's name as user, and an ACL that gives this user
 * the two topics of its device and nothing else. Needs `npm run build` and mosquitto.
 */
import assert from "node:assert/strict";
import { chmodSync, copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import type { Daemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";
import { type Cloud, connectCloud, device } from "./broker-cloud.ts";
import { sessionsUp, sessionUp, startGateway } from "./broker-gateway.ts";
import { type Mosquitto, prepareMosquitto } from "./broker-mosquitto.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-broker-"));
const clientId = device.productId + device.deviceName;
const deviceLevels = `${device.productId}/${device.deviceName}`;
const watch = createWatch();
let broker: Mosquitto;
let mcu: VirtualMcu;
let cloud: Cloud;
let daemon: Daemon;
const commandSigil = ">".charCodeAt(0);
let commandCount = 0;
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];

before(async () => {
  const acl = [
    `user ${clientId}`,
    `topic read $rrpc/rxd/${deviceLevels}/+`,
    `topic write $rrpc/txd/${deviceLevels}/+`,
    "",
  ];
  writeFileSync(join(folder, "device.acl"), acl.join("\n"), { mode: 0o600 });
  broker = await prepareMosquitto(folder, watch, [
    "require_certificate true",
    "use_identity_as_username true",
    "acl_file device.acl",
  ]);
  stops.push(() => broker.kill());
  await broker.start();
  mcu = await startVirtualMcu({
    observe: (observation) => {
      if (observation.kind === "received" && observation.line[0] === commandSigil) commandCount += 1;
      watch.changed();
    },
  });
  stops.push(() => mcu.close());
  cloud = await connectCloud(broker, watch);
  stops.push(() => cloud.close());
  for (const file of ["client.pem", "client.key"]) {
    copyFileSync(new URL(`../support/tls/${file}`, import.meta.url), join(folder, file));
    chmodSync(join(folder, file), 0o600);
  }
  daemon = await start();
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

/** Starts the daemon and waits until it serves. */
async function start(...hub: readonly string[]): Promise<Daemon> {
  const files = ["certFile: client.pem", "keyFile: client.key"];
  const started = startGateway({ folder, watch, broker, tty: mcu.path, hub: [...files, ...hub] });
  stops.push(async () => {
    started.signal("SIGKILL");
    await started.ended;
  });
  await sessionUp(started, watch);
  return started;
}

async function stop(stopped: Daemon): Promise<void> {
  stopped.signal("SIGTERM");
  assert.equal(await stopped.ended, 0, stopped.stderr());
}

test("calls are answered, whatever bytes the reply has", { timeout: 60_000 }, async () => {
  for (let id = 1; id <= 100; id++) {
    await cloud.request(String(id), `payload ${id}`);
    assert.equal(await cloud.response(String(id)), `payload ${id}`);
  }
  const bytes = Buffer.from(Array.from({ length: 80 }, (_, byte) => (byte * 7) % 256));
  await cloud.request("bytes", bytes);
  await cloud.response("bytes");
  assert.deepEqual(cloud.responses("bytes"), [bytes]);
});

test("a burst of 300 is answered in full, each once", { timeout: 60_000 }, async () => {
  const ids = Array.from({ length: 300 }, (_, index) => `burst-${index}`);
  await Promise.all(ids.map((id) => cloud.request(id, id)));
  await Promise.all(ids.map((id) => cloud.response(id)));
  for (const id of ids) assert.deepEqual(cloud.responses(id).map(String), [id]);
});

test("a broker that stands still for a while gets the response when it goes on", { timeout: 60_000 }, async () => {
  const before = commandCount;
  await mcu.control({ kind: "faults", change: { delayMs: 300 } });
  await cloud.request("still", "still");
  await watch.until("the command", () => commandCount > before);
  broker.signal("SIGSTOP");
  await watch.until("the reply", () => / request still: ok after /.test(daemon.stderr()));
  assert.deepEqual(cloud.responses("still"), []);
  broker.signal("SIGCONT");
  assert.equal(await cloud.response("still"), "still");
  await mcu.control({ kind: "faults", change: { delayMs: 0 } });
  assert.equal(sessionsUp(daemon), 1);
});

test("killed while a command is in flight, then deaf: no response of old, service by itself", {
  timeout: 120_000,
}, async () => {
  const before = commandCount;
  await mcu.control({ kind: "faults", change: { delayMs: 500 } });
  await cloud.request("orphan", "orphan");
  await watch.until("the command", () => commandCount > before);
  await Promise.all([broker.kill(), cloud.close()]);
  await watch.until("the loss", () => / session: lost after /.test(daemon.stderr()));
  await watch.until("the response that has nobody to go to", () =>
    / dropped session_gone of request orphan /.test(daemon.stderr()),
  );
  await mcu.control({ kind: "faults", change: { delayMs: 0 } });

  await broker.start();
  cloud = await connectCloud(broker, watch);
  stops.push(() => cloud.close());
  // The kernel takes connections in its name, and no handshake ever ends.
  broker.signal("SIGSTOP");
  await watch.until("an attempt in vain", () => /no end of the TLS handshake .* within 2000 ms/.test(daemon.stderr()));
  broker.signal("SIGCONT");
  await sessionUp(daemon, watch, 1);
  await cloud.request("after", "after");
  assert.equal(await cloud.response("after"), "after");
  assert.deepEqual(cloud.responses("orphan"), []);
});

test("QoS 1 both ways: the broker acknowledges the response, the daemon the request", { timeout: 60_000 }, async () => {
  await stop(daemon);
  daemon = await start("qos: 1");
  const from = broker.log().length;
  await cloud.request("q1", "q1", 1);
  assert.equal(await cloud.response("q1"), "q1");
  const acknowledged = new RegExp(
    `Sending PUBLISH to ${clientId} \\(d0, q1,[^]*Received PUBACK from ${clientId}[^]*` +
      `Received PUBLISH from ${clientId} \\(d0, q1,[^]*Sending PUBACK to ${clientId}`,
  );
  await watch.until("both PUBACKs", () => acknowledged.test(broker.log().slice(from)));
});

test("SIGTERM says DISCONNECT; the ACL denied nothing in all this time", { timeout: 60_000 }, async () => {
  await stop(daemon);
  await watch.until("DISCONNECT", () => broker.log().trimEnd().endsWith(`Client ${clientId} disconnected.`));
  assert.doesNotMatch(broker.log(), /Denied/);
});
