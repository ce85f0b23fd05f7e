/**
 * The package on Debian 12 with its own Node.js 18 and a real systemd, from its installation to its purge, with every
 * restriction of the units in force that a container can enforce (device classes and memory limits are not among them).
 *
 * Needs root, `npm run build`, mmdebstrap, systemd-container and network for a Debian tree; takes about two minutes.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { createWatch } from "../support/watch.ts";
import { callDevice, plugBoardInto, untilDeviceServed } from "./container-board.ts";
import { bootContainer, type Container } from "./systemd-container.ts";

const secret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const productId = "ABCDEFGH12";
const deviceNames = ["gateway01", "pump", "valve"] as const;
type DeviceName = (typeof deviceNames)[number];

const checkout = new URL("../../", import.meta.url).pathname;
const unit = "rrpc-gateway.service";
const pageUnit = "rrpc-gateway-page.service";
const configFolder = "/etc/rrpc-gateway";
const packageFile = (version: string) => `/root/rrpc-gateway_${version}_${architecture}.deb`;
const architecture = execFileSync("dpkg", ["--print-architecture"], { encoding: "utf8" }).trim();

const bound = { timeout: 90_000 };
const folder = mkdtempSync(join(tmpdir(), "rrpc-systemd-"));
const watch = createWatch();
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true })];
let hub: Hub;
let container: Container;

before(async () => {
  hub = await startHub({
    devices: deviceNames.map((deviceName) => ({ productId, deviceName, deviceSecret: secret })),
  });
  stops.push(() => hub.close());
  container = await bootContainer("bookworm", folder, watch);
  stops.push(() => container.stop());
  for (const version of ["1.0.0", "1.0.1"]) {
    execFileSync(
      join(checkout, "deploy/package.sh"),
      ["--output", join(container.root, "root"), "--version", version, architecture],
      { stdio: ["ignore", "ignore", "inherit"] },
    );
  }
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

function config(deviceName: DeviceName, tty: string, more = ""): string {
  return `hub:
  productId: ${productId}
  deviceName: ${deviceName}
  deviceSecretCredential: device-secret
  transport: tcp
  host: localhost
  port: ${hub.mqttPort}
serial:
  path: ${tty}
${more}`;
}

/** Waits for a line in the journal that comes after the call of `from`. */
function journalLine(pattern: RegExp, from: number, boundMs?: number): Promise<string> {
  return watch.until(
    `${pattern} in the journal`,
    () => container.journal.slice(from).find((line) => pattern.test(line)),
    boundMs,
  );
}

/** Waits until the service says this of itself; systemd tells nobody when that changes. */
async function untilStatus(service: string, expected: string | RegExp): Promise<void> {
  let status = "";
  const isExpected = () => (typeof expected === "string" ? status === expected : expected.test(status));
  for (const end = performance.now() + 30_000; !isExpected(); ) {
    assert.ok(performance.now() < end, `${service}: ${status}`);
    status = await container.show(service, "StatusText");
  }
}

const plugBoard = (link: string) => plugBoardInto(container, link, watch);
const call = (deviceName: DeviceName, payload: string) => callDevice(hub, { productId, deviceName }, payload);
const untilServed = (deviceName: DeviceName) => untilDeviceServed(hub, { productId, deviceName }, watch);
/** Never 0, which kill(1) takes for all of its own process group. */
async function mainPid(): Promise<string> {
  const pid = await container.show(unit, "MainPID");
  assert.match(pid, /^[1-9]\d*$/, `${unit} does not run`);
  return pid;
}

let pullCable: () => Promise<void>;

test("the package installs, and asks for its configuration instead of failing", bound, async () => {
  const said = await container.run("dpkg", "--install", packageFile("1.0.0"));
  assert.match(said, /is not configured yet: sudo rrpc-gateway setup; or edit \/etc\/rrpc-gateway\/config.yaml/);
  assert.equal(await container.show(unit, "ActiveState"), "inactive");
  assert.equal(await container.show(unit, "UnitFileState"), "enabled");
  assert.equal(await container.run("stat", "--format=%A %U %G", configFolder), "drwxr-x--- root rrpc-gateway\n");
});

test(
  "setup takes the place of the example, which is not kept, and starts nothing where it is told not to",
  bound,
  async () => {
    container.write("/root/secret", secret, 0o600);
    const identity = `--product ${productId} --device gateway01 --secret-file /root/secret`;
    const wires = `--host localhost --port ${hub.mqttPort} --transport tcp --serial /dev/ttyBOARD --baud 9600`;
    const said = await container.run("sh", "-c", `rrpc-gateway setup --yes --no-start ${identity} ${wires}`);
    assert.match(said, /^To start it:\n {2}systemctl enable rrpc-gateway\.service\n {2}systemctl restart /m);
    assert.equal(await container.show(unit, "ActiveState"), "inactive");
    const files = await container.run("sh", "-c", `cd ${configFolder} && stat --format="%n %a %U %G" *`);
    assert.equal(files, "config.yaml 640 root rrpc-gateway\ndevice-secret 600 root root\n");
    await container.run("rrpc-gateway", "check", `${configFolder}/config.yaml`);
  },
);

test("what the package has brought is well-formed to udev and systemd", bound, async () => {
  const rules = await container.run("sh", "-c", "udevadm test /sys/class/tty/tty0 2>&1 | grep 90-rrpc-gateway");
  assert.match(rules, /^Reading rules file: \S+\n$/);
  // Not by its exit status: verify ends with 0 on unknown keys and bad values.
  const units = [unit, "rrpc-gateway@x.service", pageUnit];
  assert.equal(await container.run("sh", "-c", `systemd-analyze verify --man=no ${units.join(" ")} 2>&1`), "");
  for (const one of units) await container.run("systemd-analyze", "security", "--offline=true", "--threshold=15", one);
});

test("a bad configuration is said once, and not tried again and again", bound, async () => {
  container.write(
    `${configFolder}/config.yaml`,
    config("gateway01", "/dev/ttyBOARD").replace(/^ {2}port:/m, "  prt:"),
    0o640,
  );
  const from = container.journal.length;
  await assert.rejects(container.run("systemctl", "start", unit));
  assert.match(await journalLine(/an unknown key/, from), /config\.yaml:7:3: hub\.prt: .*port/);
  assert.equal(await container.show(unit, "ActiveState"), "failed");
  assert.equal(await container.show(unit, "ExecMainStatus"), "78");
  assert.equal(await container.show(unit, "NRestarts"), "0");
});

test("it is started as soon as its configuration is good, without hub and board", bound, async () => {
  await container.run("chgrp", "rrpc-gateway", `${configFolder}/config.yaml`);
  container.write(`${configFolder}/config.yaml`, config("gateway01", "/dev/ttyBOARD"));
  container.write(`${configFolder}/device-secret`, secret, 0o600);
  // Shorter than the unit's, so that the test of the watchdog takes as long.
  container.write(`/etc/systemd/system/${unit}.d/test.conf`, "[Service]\nWatchdogSec=4\n");
  await container.run("systemctl", "daemon-reload");
  hub.refuse({ productId, deviceName: "gateway01" }, 3);
  const from = container.journal.length;
  await container.run("systemctl", "start", unit);
  assert.equal(await container.show(unit, "ActiveState"), "active");
  await journalLine(/^session: no connection/, from);
  assert.match(
    await container.show(unit, "StatusText"),
    /^hub away for \d s, serial line away for \d s; 0 requests, 0 errors$/,
  );
  const startMs = Number(await container.show(unit, "ActiveEnterTimestampMonotonic")) / 1000;
  const execMs = Number(await container.show(unit, "ExecMainStartTimestampMonotonic")) / 1000;
  assert.ok(startMs - execMs < 2000, `ready after ${startMs - execMs} ms`);
  hub.refuse({ productId, deviceName: "gateway01" }, undefined);
  await journalLine(/^session: up/, from);
});

test("a request goes through, with every restriction of the unit in force", bound, async () => {
  pullCable = await plugBoard("/dev/ttyBOARD");
  await untilServed("gateway01");
  assert.equal(await call("gateway01", "hello"), "hello");
  const status = await container.run("cat", `/proc/${await mainPid()}/status`);
  assert.match(status, /^NoNewPrivs:\t1$/m);
  assert.match(status, /^Seccomp:\t2$/m);
  assert.match(status, /^CapEff:\t0+$/m);
  await assert.rejects(container.run("runuser", "-u", "rrpc-gateway", "--", "cat", `${configFolder}/device-secret`));
});

test("a second gateway that root starts by hand is told which process is the service's", bound, async () => {
  assert.doesNotMatch(container.journal.join("\n"), /not locked against another gateway/);
  const program = ["/usr/bin/node", "/usr/lib/rrpc-gateway/bin/rrpc-gateway.cjs"];
  const environment = ["env", `CREDENTIALS_DIRECTORY=${configFolder}`];
  await assert.rejects(
    container.run(...environment, ...program, "run", "--config", `${configFolder}/config.yaml`),
    (error: Error & { code?: unknown; stderr?: unknown }) => {
      assert.equal(error.code, 69, String(error.stderr));
      return true;
    },
  );
  assert.equal(await call("gateway01", "undisturbed"), "undisturbed");
});

test("a second service for the device waits for the first one's end, and serves then", bound, async () => {
  const twin = "rrpc-gateway@twin.service";
  container.write(`${configFolder}/twin.yaml`, config("gateway01", "/dev/ttyBOARD"));
  container.write(`${configFolder}/twin.secret`, secret, 0o600);
  const from = container.journal.length;
  await container.run("systemctl", "start", twin);
  const waits = `another gateway on this machine serves the device, process ${await mainPid()}: waiting for its end`;
  await untilStatus(twin, waits);
  assert.equal(await call("gateway01", "undisturbed"), "undisturbed");
  await container.run("systemctl", "stop", unit);
  await journalLine(/the other gateway has let go of the device: this one serves it now/, from);
  await untilServed("gateway01");
  assert.equal(await container.show(twin, "NRestarts"), "0");
  await container.run("systemctl", "stop", twin);
  await container.run("rm", `${configFolder}/twin.yaml`, `${configFolder}/twin.secret`);
  await container.run("systemctl", "start", unit);
  await untilServed("gateway01");
});

test("kill -9 costs the service seconds", bound, async () => {
  const from = container.journal.length;
  await container.run("kill", "-KILL", await mainPid());
  await journalLine(/^session: up/, from);
  await untilServed("gateway01");
});

test("a process that stands still is ended by the watchdog and started again", bound, async () => {
  const from = container.journal.length;
  await container.run("kill", "-STOP", await mainPid());
  await journalLine(/Watchdog timeout/, from);
  await journalLine(/^session: up/, from);
  await untilServed("gateway01");
});

test("a service that waits for the hub is active, and guarded by the watchdog too", bound, async () => {
  const from = container.journal.length;
  hub.refuse({ productId, deviceName: "gateway01" }, 3);
  await container.run("systemctl", "restart", "--no-block", unit);
  await journalLine(/^session: no connection/, from);
  assert.equal(await container.show(unit, "ActiveState"), "active");
  await container.run("kill", "-STOP", await mainPid());
  await journalLine(/Watchdog timeout/, from);
  hub.refuse({ productId, deviceName: "gateway01" }, undefined);
  await untilServed("gateway01");
});

test("a reload takes a new configuration and drops nothing; a bad one changes nothing", bound, async () => {
  const pid = await mainPid();
  const debug = config("gateway01", "/dev/ttyBOARD", "log:\n  level: debug\n");
  let from = container.journal.length;
  container.write(`${configFolder}/config.yaml`, debug);
  await container.run("systemctl", "reload", unit);
  await journalLine(/log level debug/, from);
  from = container.journal.length;
  assert.equal(await call("gateway01", "after the reload"), "after the reload");
  await journalLine(/request \S+: ok after/, from);

  container.write(`${configFolder}/config.yaml`, debug.replace("level: debug", "level: loud"));
  await assert.rejects(container.run("systemctl", "reload", unit), /Job for rrpc-gateway\.service failed/);
  await journalLine(/config\.yaml:\d+:\d+: log\.level: expected /, from);
  assert.equal(await container.show(unit, "ActiveState"), "active");
  assert.equal(await call("gateway01", "still there"), "still there");
  assert.equal(await mainPid(), pid);
  assert.deepEqual(
    container.journal.slice(from).filter((line) => line.startsWith("session: ")),
    [],
  );
  container.write(`${configFolder}/config.yaml`, config("gateway01", "/dev/ttyBOARD"));
});

test("a board that comes back under another number is served again, by its stable name", bound, async () => {
  const byId = "/dev/serial/by-id/usb-board-if00";
  const pid = await mainPid();
  await container.run("sh", "-c", `mkdir -p /dev/serial/by-id && ln -s ../../ttyUSB0 ${byId}`);
  await pullCable();
  container.write(`${configFolder}/config.yaml`, config("gateway01", byId));
  await container.run("systemctl", "reload", unit);
  const pullFirst = await plugBoard("/dev/ttyUSB0");
  await untilServed("gateway01");

  // While the first number is taken, so that it is another one.
  pullCable = await plugBoard("/dev/ttyUSB1");
  await pullFirst();
  await container.run("ln", "-sfn", "../../ttyUSB1", byId);
  await untilServed("gateway01");
  assert.equal(await mainPid(), pid, "the service itself was not restarted");
});

test("setup configures an instance, starts it, and has doctor look at it", bound, async () => {
  await plugBoard("/dev/tty-pump");
  container.write("/root/secret", secret, 0o600);
  const identity = `--instance pump --product ${productId} --device pump --secret-file - </root/secret`;
  const hubOptions = `--host localhost --port ${hub.mqttPort} --transport tcp`;
  const command = `rrpc-gateway setup --yes --serial /dev/tty-pump --probe ${hubOptions} ${identity}; echo "exit status $?"`;
  const said = await container.run("sh", "-c", command);
  assert.match(said, /^ {2}\/dev\/tty-pump: virtual-mcu-1 answers at 115200 baud$/m);
  assert.match(said, /^systemctl enable rrpc-gateway@pump\.service\nsystemctl restart rrpc-gateway@pump\.service$/m);
  assert.match(said, /^ok .*pump\.yaml/m);
  // The one thing that is no real serial port here, which doctor's exit status says as well.
  const faults = said.split("\n").filter((line) => line.startsWith("FAULT"));
  assert.match(
    faults.join("\n"),
    /^FAULT {4}who may use the serial port: \/dev\/pts\/\d+ .* has no DeviceAllow= for pts$/,
  );
  assert.match(said, /^ {2}rrpc-gateway call ping --product ABCDEFGH12 --device pump --url .*\nexit status 2\n$/m);
  const rights = await container.run("sh", "-c", `stat --format="%a %U %G" ${configFolder}/pump.*`);
  assert.equal(rights, "600 root root\n640 root rrpc-gateway\n");
  assert.equal(await container.show("rrpc-gateway@pump.service", "UnitFileState"), "enabled");
  await untilServed("pump");
});

test(
  "an instance whose secret comes after its start waits for it without a restart, and serves then",
  bound,
  async () => {
    const valve = "rrpc-gateway@valve.service";
    container.write(`${configFolder}/valve.yaml`, config("valve", "/dev/tty-valve"), 0o644);
    await plugBoard("/dev/tty-valve");
    const from = container.journal.length;
    await container.run("systemctl", "enable", "--now", valve);
    await untilStatus(
      valve,
      /^waiting for what the configuration names \(hub\.deviceSecretCredential\): .*: expected /,
    );
    await journalLine(/hub\.deviceSecretCredential: expected /, from);
    assert.equal(await container.show(valve, "NRestarts"), "0");
    container.write(`${configFolder}/valve.secret`, secret, 0o600);
    await journalLine(/copies the credential device-secret only when the service starts: ending/, from);
    await untilServed("valve");
    assert.equal(await container.show(valve, "NRestarts"), "1");
  },
);

test("two instances serve two boards, each with a secret of its own", bound, async () => {
  const boards = ["pump", "valve"] as const;
  await Promise.all(boards.map(untilServed));
  assert.deepEqual(await Promise.all(boards.map((name) => call(name, name))), boards);
});

test("the page's unit shows the gateway, with every restriction of its own in force", bound, async () => {
  container.write(
    `${configFolder}/config.yaml`,
    config("gateway01", "/dev/serial/by-id/usb-board-if00", "monitor:\n  socket: /run/rrpc-gateway/monitor.sock\n"),
  );
  await container.run("systemctl", "reload", unit);
  const exec = (await container.run("sh", "-c", `grep ^ExecStart= /usr/lib/systemd/system/${pageUnit}`)).trim();
  container.write(`/etc/systemd/system/${pageUnit}.d/port.conf`, `[Service]\nExecStart=\n${exec} --port 0\n`);
  await container.run("systemctl", "daemon-reload");
  const from = container.journal.length;
  await container.run("systemctl", "enable", "--now", pageUnit);
  const url = /http:\S+/.exec(await journalLine(/^the page: http:/, from))?.[0] ?? "";
  assert.match(await (await fetch(url)).text(), /^<!doctype html>/);
  await untilServed("gateway01");
  const events = await fetch(`${url}events`);
  let text = "";
  for await (const chunk of events.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    if (/"session":\{"isUp":true/.test(text) && /"outcome":"ok"/.test(text)) break;
  }
  assert.equal(await container.show(pageUnit, "NRestarts"), "0");
});

test("an upgrade keeps the configuration, and all that runs is the new version", bound, async () => {
  const configuration = await container.run("sh", "-c", `cat ${configFolder}/*`);
  const from = container.journal.length;
  await container.run("dpkg", "--install", packageFile("1.0.1"));
  for (const name of deviceNames) await untilServed(name);
  assert.equal(container.journal.slice(from).filter((line) => line.startsWith("stopped after ")).length, 3);
  assert.equal(await container.run("sh", "-c", `cat ${configFolder}/*`), configuration);
});

test("a removal stops everything and keeps the configuration; a purge leaves nothing", bound, async () => {
  await container.run("dpkg", "--remove", "rrpc-gateway");
  assert.equal(
    await container.run("systemctl", "list-units", "--plain", "--no-legend", "--state=active", "rrpc-gateway*"),
    "",
  );
  assert.deepEqual(readdirSync(join(container.root, configFolder)).sort(), [
    "config.yaml",
    "device-secret",
    "pump.secret",
    "pump.yaml",
    "valve.secret",
    "valve.yaml",
  ]);
  await container.run("dpkg", "--purge", "rrpc-gateway");
  assert.equal(existsSync(join(container.root, configFolder)), false);
  assert.equal(existsSync(join(container.root, "usr/lib/rrpc-gateway")), false);
  assert.equal(await container.run("find", "/etc/systemd", "-name", "rrpc-gateway*", "-not", "-name", "*.d"), "");
});

test("from a checkout it installs and uninstalls as well, each as often as one likes", bound, async () => {
  for (const path of ["dist/bin", "dist/prebuilds", "deploy", "config.example.yaml", unit]) {
    cpSync(join(checkout, path), join(container.root, "root/checkout", path), { recursive: true });
  }
  for (let time = 1; time <= 2; time++) {
    await container.run("/root/checkout/deploy/install.sh");
    container.write(`${configFolder}/config.yaml`, config("gateway01", "/dev/ttyUSB1"));
  }
  container.write(`${configFolder}/device-secret`, secret, 0o600);
  await container.run("systemctl", "restart", unit);
  await untilServed("gateway01");
  for (const more of [[], [], ["--purge"]]) {
    await container.run("/root/checkout/deploy/uninstall.sh", ...more);
    assert.equal(existsSync(join(container.root, configFolder, "config.yaml")), more.length === 0);
  }
  assert.equal(
    await container.run("find", "/etc", "/usr/local", "-name", "*rrpc-gateway*", "-not", "-name", "*.d"),
    "",
  );
});
