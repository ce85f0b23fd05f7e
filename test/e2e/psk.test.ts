/** The built gateway over TLS by the device secret: calls are answered, and each way in which it cannot be is told with what to do. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import tls from "node:tls";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { device, watchedHub } from "../lab/hub/support.ts";
import { startRaw } from "../mqtt/raw-broker.ts";
import { startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

const { productId, deviceName, deviceSecret } = device;

/** A gateway in front of an MCU; what it says must never have the secret in it, however it is written. */
async function openGateway(t: TestContext, hub: Readonly<Record<string, string | number | undefined>>) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-psk-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const watch = createWatch();
  const tty = join(folder, "tty");
  const mcu = await startVirtualMcu({ link: tty, observe: watch.changed });
  t.after(() => mcu.close());
  const config = join(folder, "config.yaml");
  const write = (secret: string, more: object = {}) => {
    writeFileSync(join(folder, "secret"), secret, { mode: 0o600 });
    const names = { productId, deviceName, deviceSecretFile: "secret", transport: "psk", host: "127.0.0.1" };
    const file = { hub: { ...names, ...hub, ...more }, serial: { path: tty }, log: { level: "debug" } };
    writeFileSync(config, JSON.stringify(file), { mode: 0o600 });
  };
  const start = (secret: string) => {
    write(secret);
    const daemon = startDaemon(["run", "--config", config], watch.changed);
    t.after(async () => {
      daemon.signal("SIGKILL");
      await daemon.ended;
      const key = Buffer.from(secret, "base64");
      for (const form of [secret, key.toString("hex"), key.toString("latin1")])
        assert.ok(!daemon.stderr().includes(form));
    });
    const log = (pattern: RegExp) =>
      watch.until(`${pattern} in the log`, () => pattern.exec(daemon.stderr()) ?? undefined);
    return { daemon, log };
  };
  return { start, write };
}

test("calls are answered without any certificate, and CONNECT has no password", { timeout: 60_000 }, async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  const { start } = await openGateway(t, { port: hub.pskPort });
  const { daemon, log } = start(deviceSecret);
  await log(/session: up with psk:\/\/127\.0\.0\.1:\d+/);
  const result = await hub.call(device, "hello");
  assert.equal(result.kind === "answered" && result.payload.toString(), "hello");
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0, daemon.stderr());
  assert.doesNotMatch(daemon.stderr(), /warning: hub\./);
});

test("another secret is told as that; the right one is taken at a reload", { timeout: 60_000 }, async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  const { start, write } = await openGateway(t, { port: hub.pskPort });
  const { daemon, log } = start(Buffer.from("another made-up secret").toString("base64"));
  await log(/no connection to psk:.*bad record mac; the broker has another key for this device: .*decoded from base64/);
  assert.match((await hub.next("no_handshake")).reason, /bad record mac/);
  write(deviceSecret);
  daemon.signal("SIGHUP");
  await log(/reload: .*a new session with the hub, for the device secret/);
  await log(/session: up with psk:/);
});

test("a reload changes from TCP to TLS by the device secret", { timeout: 60_000 }, async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  const { start, write } = await openGateway(t, { port: hub.mqttPort, transport: "tcp" });
  const { daemon, log } = start(deviceSecret);
  await log(/session: up with tcp:/);
  write(deviceSecret, { port: hub.pskPort, transport: "psk" });
  daemon.signal("SIGHUP");
  await log(/reload: .*a new session with the hub, for hub\.transport, hub\.port/);
  await log(/session: up with psk:/);
  assert.equal((await hub.call(device, "hello")).kind, "answered");
});

test("a device that the hub does not know is told as that", { timeout: 60_000 }, async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  const { start } = await openGateway(t, { port: hub.pskPort, deviceName: "nobody" });
  const { log } = start(deviceSecret);
  // An older OpenSSL has no name for this alert.
  await log(
    /no connection to psk:.*(unknown psk identity|reason\(1115\)); the broker has no key for this device: add the identity/,
  );
});

test("a hub that has a certificate alone is told as that, and hears nothing", { timeout: 60_000 }, async (t) => {
  const pem = (name: string) => readFileSync(new URL(`../support/tls/${name}`, import.meta.url));
  const server = tls.createServer({ cert: pem("server.pem"), key: pem("server.key") }, () =>
    assert.fail("a handshake"),
  );
  server.on("tlsClientError", () => {});
  const { port } = await startRaw(t, (socket) => server.emit("connection", socket));
  const { start } = await openGateway(t, { port });
  const { log } = start(deviceSecret);
  await log(/no connection to psk:.*handshake failure; the broker has no TLS by pre-shared key on this port/);
});
