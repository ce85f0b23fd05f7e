/**
 * The built daemon against a real mosquitto over TLS with passwords: a plugin checks the signature of each CONNECT as IoT
 * Hub does. Needs `npm run build`, mosquitto, mosquitto-dev, libmosquitto-dev, libssl-dev and gcc.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import type { Daemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";
import { type Cloud, connectCloud, device, deviceSecret } from "./broker-cloud.ts";
import { sessionUp, startGateway } from "./broker-gateway.ts";
import { type Mosquitto, prepareMosquitto } from "./broker-mosquitto.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-broker-"));
const watch = createWatch();
let broker: Mosquitto;
let mcu: VirtualMcu;
let cloud: Cloud;
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];

before(async () => {
  const plugin = join(folder, "iot-hub.so");
  const source = new URL("broker-iot-hub.c", import.meta.url).pathname;
  execFileSync("gcc", ["-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", plugin, source, "-lcrypto"]);
  broker = await prepareMosquitto(folder, watch, [
    "allow_anonymous false",
    `plugin ${plugin}`,
    `plugin_opt_product ${device.productId}`,
    `plugin_opt_device ${device.deviceName}`,
    `plugin_opt_secret ${deviceSecret}`,
  ]);
  stops.push(() => broker.kill());
  await broker.start();
  mcu = await startVirtualMcu();
  stops.push(() => mcu.close());
  cloud = await connectCloud(broker, watch);
  stops.push(() => cloud.close());
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

function start(secret: string, ...hub: readonly string[]): Daemon {
  writeFileSync(join(folder, "secret"), secret, { mode: 0o600 });
  const lines = ["deviceSecretFile: secret", ...hub];
  const started = startGateway({ folder, watch, broker, tty: mcu.path, hub: lines });
  stops.push(async () => {
    started.signal("SIGKILL");
    await started.ended;
  });
  return started;
}

async function stop(daemon: Daemon): Promise<void> {
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0, daemon.stderr());
  assert.ok(!daemon.stderr().includes(deviceSecret), "no secret in the log");
}

for (const hmac of ["sha256", "sha1"]) {
  test(`a password signed with HMAC-${hmac} is taken, and calls are answered`, { timeout: 60_000 }, async () => {
    const daemon = start(deviceSecret, `hmac: ${hmac}`);
    await sessionUp(daemon, watch);
    await cloud.request(hmac, "hello");
    assert.equal(await cloud.response(hmac), "hello");
    await stop(daemon);
  });
}

test("another secret is refused, which is said with what to do, and tried again after 5 s", {
  timeout: 60_000,
}, async () => {
  const from = broker.log().length;
  const daemon = start(Buffer.from("another secret").toString("base64"));
  const refused = () => [
    ...broker
      .log()
      .slice(from)
      .matchAll(/^(\d+): iot-hub: refused, a wrong signature$/gm),
  ];
  await watch.until("two refusals", () => refused().length >= 2);
  const [first, second] = refused().map(([, seconds]) => Number(seconds));
  // The log has whole seconds.
  assert.ok(Number(second) - Number(first) >= 4, broker.log().slice(from));
  // mosquitto's word for it; IoT Hub's is CONNACK 4.
  await watch.until("what the daemon says of it", () =>
    /warn +session: no connection to tls:\/\/localhost:\d+: CONNACK 5: not authorised; check .*fixed passwords cannot work.* \(next try in \d/.test(
      daemon.stderr(),
    ),
  );
  await stop(daemon);
});

// The plugin's doing: to what its own ACL file denies mosquitto answers with SUBACK 0, which no client can notice.
test("topics that are not the device's are refused by SUBACK, and the filter is named", {
  timeout: 60_000,
}, async () => {
  const daemon = start(deviceSecret, "topics: {request: $iotrrpc/down, response: $iotrrpc/up}");
  await watch.until("what the daemon says of it", () =>
    daemon.stderr().includes("SUBACK 128 for the filter $iotrrpc/down/ABCDEFGH12/gateway01/+"),
  );
  await stop(daemon);
});

test("every connection is signed afresh", { timeout: 60_000 }, async () => {
  const from = broker.log().length;
  const daemon = start(deviceSecret);
  await sessionUp(daemon, watch);
  await broker.kill();
  await broker.start();
  await sessionUp(daemon, watch, 1);
  const names = [
    ...broker
      .log()
      .slice(from)
      .matchAll(/ as ABCDEFGH12gateway01 .* u'([^']+)'/g),
  ].map(([, name]) => name);
  assert.equal(names.length, 2, broker.log().slice(from));
  assert.notEqual(names[0], names[1]);
  await stop(daemon);
});
