/** `rrpc-gateway setup` from the first question to the first call, on real files and a real tty. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { watchedHub, within } from "../lab/hub/support.ts";
import { program, startDaemon } from "../support/daemon.ts";
import { startInTerminal } from "../support/terminal.ts";

const secret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const tls = join(import.meta.dirname, "../support/tls");
const main = join(import.meta.dirname, "../../src/main.ts");

function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-setup-test-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs `rrpc-gateway ARGS` to its end, with `input` on standard input: at once, or once `after` was said. */
async function run(t: TestContext, args: readonly string[], input = "", after = "") {
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (data) => {
    stdout += data;
    if (after !== "" && stdout.includes(after) && !child.stdin.writableEnded) child.stdin.end(input);
  });
  child.stderr.on("data", (data) => (stderr += data));
  if (after === "") child.stdin.end(input);
  const [exitCode] = await once(child, "close");
  assert.ok(!(stdout + stderr).includes(secret), "the secret was shown");
  return { exitCode, stdout, stderr };
}

const identity = ["--product", "ABCDEFGH12", "--device", "gateway01"];
const line = ["--serial", "/dev/ttyUSB7", "--baud", "9600"];
const plain = [...identity, "--secret-file", "-", "--host", "hub.example.net", "--transport", "tcp", ...line];

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

/** Hub and board on this machine, and the options that lead to them. */
async function world(t: TestContext) {
  const folder = temporaryFolder(t);
  const link = join(folder, "tty");
  // One gateway for a device on this machine.
  const device = { productId: "ABCDEFGH12", deviceName: `setup-${process.pid}-${t.name.length}`, deviceSecret: secret };
  const hub = await watchedHub(t, { devices: [device] });
  const mcu = await startVirtualMcu({ link, reply: (payload) => `${payload} is here` });
  t.after(() => mcu.close());
  return { folder, link, hub, deviceName: device.deviceName, output: join(folder, "etc") };
}

/** Starts the gateway with what was written, and runs the command that is said to prove it. */
async function prove(t: TestContext, { hub }: Awaited<ReturnType<typeof world>>, configFile: string, said: string) {
  const daemon = startDaemon(["run", "--config", configFile]);
  t.after(() => daemon.signal("SIGKILL"));
  await within("session", hub.next("subscribed"));
  const [, command = ""] = /^ {2}rrpc-gateway (call ping .*)$/m.exec(said) ?? [];
  // It names the usual port of the hub's API, and this one has another.
  const args = command.replace(/:8083\//, `:${hub.apiPort}/`).split(" ");
  assert.match(command, /:8083\//);
  const { exitCode, stdout, stderr } = await run(t, args);
  assert.deepEqual([exitCode, stdout], [0, "ping is here\n"], stderr + daemon.stderr());
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0);
}

test("by options: the board is asked for its speed, the files are right, and the last line proves it", async (t) => {
  const all = await world(t);
  const { output, link, hub, deviceName } = all;
  const { exitCode, stdout, stderr } = await run(
    t,
    [
      ...[
        "setup",
        "--yes",
        "--output",
        output,
        "--product",
        "ABCDEFGH12",
        "--device",
        deviceName,
        "--secret-file",
        "-",
      ],
      ...["--host", "127.0.0.1", "--port", String(hub.mqttPort), "--transport", "tcp", "--serial", link, "--probe"],
    ],
    `${secret}\n`,
  );
  assert.equal(exitCode, 0, stderr);
  assert.match(stdout, /tty: virtual-mcu-1 answers at 115200 baud$/m);
  const configFile = join(output, "config.yaml");
  assert.deepEqual(parse(readFileSync(configFile, "utf8")), {
    hub: {
      productId: "ABCDEFGH12",
      deviceName,
      deviceSecretFile: "device-secret",
      transport: "tcp",
      host: "127.0.0.1",
      port: hub.mqttPort,
    },
    serial: { path: link, baudRate: 115_200 },
  });
  assert.equal(readFileSync(join(output, "device-secret"), "utf8"), `${secret}\n`);
  assert.deepEqual(
    ["config.yaml", "device-secret", "."].map((name) => modeOf(join(output, name))),
    ["640", "600", "750"],
  );
  assert.deepEqual(readdirSync(output).sort(), ["config.yaml", "device-secret"]);
  await prove(t, all, configFile, stdout);
});

test("by questions on a terminal: the secret is not shown, and a copy of an older file is kept", async (t) => {
  const all = await world(t);
  const { output, link, hub, deviceName } = all;
  const setup = startInTerminal(t, [process.execPath, program, "setup", "--output", output, "--serial", link], {
    columns: 160,
  });
  await setup.until(/\? Product ID/);
  setup.type("ABC\r");
  await setup.until(/expected 10 letters or digits/);
  setup.type("DEFGH12\r");
  await setup.until(/\? Device name/);
  setup.type(`${deviceName}\r`);
  await setup.until(/❯ with a device secret/);
  setup.type("\r");
  await setup.until(/\? Device secret/);
  setup.type("short!\r");
  await setup.until(/expected base64 text/);
  setup.type(`\x15${secret}`);
  await setup.until(new RegExp(`\\? Device secret .*\\*{${secret.length}}`));
  setup.type("\r");
  await setup.until(/Where is the hub\?/);
  for (const place of ["us-east", "europe", "ap-bangkok", "my own hub"]) {
    setup.type("\x1b[B");
    await setup.until(new RegExp(`❯ .*${place}`));
  }
  setup.type("\r");
  await setup.until(/\? Host name/);
  setup.type("127.0.0.1\r");
  await setup.until(/❯ tls/);
  setup.type("\x1b[B");
  await setup.until(/❯ psk/);
  setup.type("\x1b[B");
  await setup.until(/❯ tcp/);
  setup.type("\r");
  await setup.until(/\? Port of the hub \(1883\)/);
  setup.type(`${hub.mqttPort}\r`);
  await setup.until(/\? Ask the board at the port\? Opening a port resets many boards/);
  setup.type("\r");
  await setup.until(/virtual-mcu-1 answers at 115200 baud[^?]*\? Baud rate \(115200\)/);
  setup.type("\r");
  await setup.until(/\? Write the files\?/);
  setup.type("\r");
  assert.equal(await setup.ended, 0, setup.screen());
  assert.ok(!setup.screen().includes(secret), "the secret was shown");
  const configFile = join(output, "config.yaml");
  await prove(t, all, configFile, setup.screen());

  const before = readFileSync(configFile, "utf8");
  const options = ["setup", "--yes", "--output", output, ...plain];
  const refused = await run(t, options, secret);
  assert.equal(refused.exitCode, 73);
  assert.match(refused.stderr, /config\.yaml; --force replaces what is there and keeps a copy\n$/);
  assert.equal(readFileSync(configFile, "utf8"), before);
  const forced = await run(t, [...options, "--force"], secret);
  assert.equal(forced.exitCode, 0, forced.stderr);
  const backup = readdirSync(output).find((name) => /^config\.yaml\.\d{8}T\d{6}Z\.bak$/.test(name));
  assert.ok(backup !== undefined && forced.stdout.includes(backup), forced.stdout);
  assert.equal(readFileSync(join(output, backup), "utf8"), before);
  assert.match(readFileSync(configFile, "utf8"), /deviceName: gateway01/);
});

test("Ctrl-C at a question leaves nothing", async (t) => {
  const output = join(temporaryFolder(t), "etc");
  const setup = startInTerminal(t, [process.execPath, program, "setup", "--output", output], {});
  await setup.until(/\? Product ID/);
  setup.type("\x03");
  assert.equal(await setup.ended, 130, setup.screen());
  assert.match(setup.screen(), /interrupted: nothing was written/);
  assert.equal(existsSync(output), false);
});

test("without a terminal, or with --yes, every answer that is missing is told by its option, and nothing is written", async (t) => {
  const output = join(temporaryFolder(t), "etc");
  const { exitCode, stderr } = await run(t, ["setup", "--output", output, "--region", "us"]);
  assert.equal(exitCode, 64);
  const told = [...stderr.matchAll(/^rrpc-gateway setup: (\S+?):? (?:is missing|expected)/gm)].map(([, flag]) => flag);
  assert.deepEqual(told, ["--product", "--device", "--secret-file", "--region", "--serial"]);
  assert.match(stderr, /\(did you mean us-east\?\)/);
  assert.match(
    (await run(t, ["setup", "--output", output, ...identity])).stderr,
    /^rrpc-gateway setup: --ca-file is missing: /m,
  );
  assert.equal(existsSync(output), false);
  const dumb = startInTerminal(t, [process.execPath, program, "setup", "--output", output], { env: { TERM: "dumb" } });
  assert.equal(await dumb.ended, 64);
  assert.match(dumb.screen(), /--product is missing/);
});

test("a dry run shows the file and what would be done, and does nothing", async (t) => {
  const output = join(temporaryFolder(t), "etc");
  const { exitCode, stdout } = await run(t, ["setup", "--yes", "--dry-run", "--output", output, ...plain], secret);
  assert.equal(exitCode, 0);
  assert.match(stdout, /^ {2}deviceName: gateway01$/m);
  assert.match(
    stdout,
    /^ {2}\S+\/etc\/device-secret \(mode 0600\): new\n {2}\S+\/etc\/config\.yaml \(mode 0640\): new$/m,
  );
  assert.equal(existsSync(output), false);
});

test("answers that make no good configuration are told before anything is written", async (t) => {
  const output = join(temporaryFolder(t), "etc");
  const slow = ["setup", "--yes", "--output", output, ...plain, "--baud", "300"];
  const { exitCode, stderr } = await run(t, slow, secret);
  assert.equal(exitCode, 78);
  assert.match(stderr, /etc\/config\.yaml:\d+:\d+: serial\./);
  assert.equal(existsSync(output), false);
});

test("a device with a certificate, one of several: its files have the instance's name and load", async (t) => {
  const folder = temporaryFolder(t);
  const key = join(folder, "client.key");
  writeFileSync(key, readFileSync(join(tls, "client.key")), { mode: 0o600 });
  const output = join(folder, "etc");
  const files = ["--cert-file", join(tls, "client.pem"), "--key-file", key, "--ca-file", join(tls, "ca.pem")];
  const args = ["setup", "--yes", "--output", output, "--instance", "pump", ...identity, ...files, ...line];
  const { exitCode, stderr, stdout } = await run(t, args);
  assert.equal(exitCode, 0, stderr);
  assert.deepEqual(readdirSync(output).sort(), [
    "pump-device-cert.pem",
    "pump-device-key.pem",
    "pump-hub-ca.pem",
    "pump.yaml",
  ]);
  assert.equal(modeOf(join(output, "pump-device-key.pem")), "600");
  const loaded = loadConfig(join(output, "pump.yaml"), {});
  assert.ok(loaded.kind === "loaded" && loaded.config.hub.identity.auth.kind === "certificate");
  assert.match(stdout, /^ {2}rrpc-gateway call ping --product ABCDEFGH12 --device gateway01 --cloud --key-file /m);
});

test("a secret that others may read, or that is none, is refused without being shown", async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, "secret");
  writeFileSync(file, secret);
  chmodSync(file, 0o644);
  const without = plain.filter((word) => word !== "-" && word !== "--secret-file");
  const args = ["setup", "--yes", "--output", join(folder, "etc"), ...without, "--secret-file"];
  const open = await run(t, [...args, file]);
  assert.equal(open.exitCode, 64);
  assert.match(open.stderr, /--secret-file: expected a file for its owner alone \(chmod 600\), found mode 0644/);
  const none = await run(t, [...args, "-"], "no secret at all");
  assert.match(none.stderr, /--secret-file: expected base64 text, .* found a text of 16 characters/);
});

test("a secret may come late through a pipe, without --yes too", async (t) => {
  const output = join(temporaryFolder(t), "etc");
  const args = ["setup", "--output", output, ...plain];
  // It is said before the secret is read; then a slow program gives it.
  const { exitCode, stderr } = await run(t, args, `${secret}\n`, "The configuration: ");
  assert.equal(exitCode, 0, stderr);
  assert.equal(readFileSync(join(output, "device-secret"), "utf8"), `${secret}\n`);
});

for (const [how, options, env] of [
  ["with --yes", ["--yes"], {}],
  ["on a terminal that can do nothing", [], { TERM: "dumb" }],
] as const) {
  test(`a secret that is typed for - is asked for and not shown, ${how}`, async (t) => {
    const output = join(temporaryFolder(t), "etc");
    const args = [process.execPath, program, "setup", ...options, "--output", output, ...plain];
    const setup = startInTerminal(t, args, { columns: 160, env });
    await setup.until(/^Device secret \(it is not shown\): *$/m);
    setup.type(`wrong\x15${secret}x\x7f\r`);
    assert.equal(await setup.ended, 0, setup.screen());
    assert.ok(!setup.screen().includes(secret.slice(0, 8)), "the secret was shown");
    assert.equal(readFileSync(join(output, "device-secret"), "utf8"), `${secret}\n`);
  });
}

test("a secret for - is asked for among the other questions, and Ctrl-C at it leaves nothing", async (t) => {
  const output = join(temporaryFolder(t), "etc");
  const asked = startInTerminal(t, [process.execPath, program, "setup", "--output", output, ...plain]);
  await asked.until(/\? Device secret/);
  asked.type(`${secret}\r`);
  await asked.until(/✓ Device secret .*\n\? /);
  assert.ok(!asked.screen().includes(secret.slice(0, 8)), "the secret was shown");
  asked.type("\x03");
  assert.equal(await asked.ended, 130, asked.screen());
  const typed = startInTerminal(t, [process.execPath, program, "setup", "--yes", "--output", output, ...plain]);
  await typed.until(/^Device secret/m);
  typed.type("\x03");
  assert.equal(await typed.ended, 130, typed.screen());
  assert.match(typed.screen(), /interrupted: nothing was written/);
  assert.equal(existsSync(output), false);
});

test("without an installed service, or without root, it says what cannot be done and what can", async (t) => {
  const { exitCode, stderr } = await run(t, ["setup", "--yes", "--instance", `none-${process.pid}`]);
  assert.ok(exitCode === 64 || exitCode === 77, stderr);
  assert.match(stderr, /; --output FOLDER writes the files there\n$/);
  assert.equal((await run(t, ["setup", "--yes", "--instance", "../etc"])).exitCode, 64);
});
