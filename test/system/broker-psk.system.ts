/**
 * The built daemon over TLS by the device secret: against a real mosquitto, as docs/broker.md sets it up, and against OpenSSL's own server.
 * Needs `npm run build`, mosquitto and openssl.
 */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { openProbe } from "../mqtt/probe.ts";
import { freePort } from "../support/mosquitto.ts";
import { createWatch } from "../support/watch.ts";
import { connectCloud, device, deviceSecret } from "./broker-cloud.ts";
import { sessionUp, startGateway } from "./broker-gateway.ts";
import { prepareMosquitto } from "./broker-mosquitto.ts";

const page = readFileSync(new URL("../../docs/broker.md", import.meta.url), "utf8");

/** The code block of docs/broker.md that has this text in it, without its fences. */
function shown(text: string): string {
  const block = [...page.matchAll(/^```.*\n([\s\S]*?)^```$/gm)].find(([, code = ""]) => code.includes(text));
  assert.ok(block?.[1] !== undefined, `docs/broker.md shows ${text}`);
  return block[1];
}

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-psk-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test("mosquitto, set up as the page says: calls are answered; another secret and a name it does not know are told", {
  timeout: 120_000,
}, async (t) => {
  const folder = temporaryFolder(t);
  const watch = createWatch();
  writeFileSync(join(folder, "device-secret"), `${deviceSecret}\n`, { mode: 0o600 });
  const line = execFileSync("sh", ["-c", shown("base64 -d device-secret")], { cwd: folder, encoding: "utf8" });
  assert.equal(line, "ABCDEFGH12gateway01:30313233343536373839616263646566\n");
  writeFileSync(join(folder, "psk"), line, { mode: 0o600 });
  writeFileSync(join(folder, "device.acl"), shown("user ABCDEFGH12gateway01"), { mode: 0o600 });
  const listener = shown("psk_file").replaceAll("/etc/mosquitto/", "").replace("acl_file acl", "acl_file device.acl");
  const options = listener.split("\n").filter((option) => option !== "" && !option.startsWith("listener "));
  const broker = await prepareMosquitto(folder, watch, options, []);
  t.after(() => broker.kill());
  await broker.start();
  const mcu = await startVirtualMcu();
  t.after(() => mcu.close());
  const cloud = await connectCloud(broker, watch);
  t.after(() => cloud.close());

  const start = (secret: string, ...hub: readonly string[]) => {
    writeFileSync(join(folder, "secret"), secret, { mode: 0o600 });
    const lines = ["deviceSecretFile: secret", "transport: psk", ...hub];
    const daemon = startGateway({ folder, watch, broker, tty: mcu.path, hub: lines });
    t.after(() => daemon.signal("SIGKILL"));
    return daemon;
  };
  const refused = async (told: RegExp, secret: string) => {
    const daemon = start(secret);
    await watch.until("what the daemon says of it", () => told.test(daemon.stderr()));
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0, daemon.stderr());
    assert.ok(!daemon.stderr().includes(secret), "no secret in the log");
  };

  const daemon = start(deviceSecret);
  await sessionUp(daemon, watch);
  for (const payload of ["hello", "again"]) {
    await cloud.request(payload, payload);
    assert.equal(await cloud.response(payload), payload);
  }
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0, daemon.stderr());
  await refused(/the broker has another key for this device/, Buffer.from("another secret").toString("base64"));

  writeFileSync(join(folder, "psk"), line.replace(device.deviceName, "gateway02"), { mode: 0o600 });
  await broker.kill();
  await broker.start();
  await refused(/the broker has no key for this device/, deviceSecret);
});

/** The client's side of a connection with `openssl s_server`, which is a broker as far as the test plays one. */
async function withOpenssl(t: TestContext, args: readonly string[], psk: { identity: string; key: Buffer }) {
  const port = await freePort();
  const server = spawn("openssl", ["s_server", "-accept", `127.0.0.1:${port}`, ...args], { stdio: "pipe" });
  t.after(async () => {
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  });
  const watch = createWatch();
  let heard = Buffer.alloc(0);
  server.stdout.on("data", (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    watch.changed();
  });
  await watch.until("the server", () => heard.includes("ACCEPT"));
  const from = heard.length;
  const login = { clientId: "client", username: "user" };
  const probe = openProbe({ transport: "psk", host: "127.0.0.1", port }, { psk, login });
  return { probe, server, heard: () => heard.subarray(from), watch };
}

const known = { identity: "ABCDEFGH12gateway01", key: Buffer.from(deviceSecret, "base64") };
const pskOf = ({ identity, key }: typeof known) => ["-psk", key.toString("hex"), "-psk_identity", identity];

for (const more of [["-cipher", "PSK-AES128-CBC-SHA", "-tls1_2"], ["-psk_hint", "\u001b[2J%s%n"], []]) {
  test(`openssl s_server ${JSON.stringify(more)} takes the key, and CONNECT comes without a password`, async (t) => {
    const server = await withOpenssl(t, ["-nocert", ...pskOf(known), ...more], known);
    const connect = Buffer.from("\x10\x18\0\x04MQTT\x04\x82\0\x78\0\x06client\0\x04user", "latin1");
    await server.watch.until("CONNECT", () => server.heard().includes(connect));
    server.server.stdin.write(Buffer.of(0x20, 2, 0, 0));
    await server.watch.until("SUBSCRIBE", () => server.heard().includes("in/+\0"));
    // Its identifier stands before the filter and the length of that.
    const identifierAt = server.heard().indexOf("in/+\0") - 4;
    server.server.stdin.write(Buffer.of(0x90, 3, ...server.heard().subarray(identifierAt, identifierAt + 2), 0));
    await server.probe.expect("up");
    server.probe.connection.end();
    await server.probe.expect("down");
  });
}

test("openssl s_server with another key, and with a certificate alone", async (t) => {
  const another = await withOpenssl(t, ["-nocert", ...pskOf({ ...known, key: Buffer.from("another key") })], known);
  assert.equal((await another.probe.down()).cause.kind, "psk_wrong_key");
  const tls = (name: string) => new URL(`../support/tls/${name}`, import.meta.url).pathname;
  for (const version of ["-tls1_2", "-tls1_3"]) {
    const args = ["-cert", tls("server.pem"), "-key", tls("server.key"), version];
    const certified = await withOpenssl(t, args, known);
    assert.equal((await certified.probe.down()).cause.kind, "psk_not_offered");
  }
});
