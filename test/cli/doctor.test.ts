/** `rrpc-gateway doctor` between real parts: a hub over TLS, a tty, a gateway that runs; sound, and each fault by itself. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { userName } from "../../src/host/users.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { good, secret, temporaryFolder } from "../config/folder.ts";
import { watchedHub, within } from "../lab/hub/support.ts";
import { openPty } from "../support/pty.ts";
import { hold } from "../support/schema.ts";
import { doctorReport } from "./output-schemas.ts";

const folder = temporaryFolder();
after(folder.remove);

const main = join(import.meta.dirname, "../../src/main.ts");
const tlsFile = (name: string) => readFileSync(join(import.meta.dirname, "../support/tls", name), "utf8");
const user = userName(process.geteuid?.() ?? 0);

/** The program as a process of its own; what it prints must never have the secret in it. */
function start(t: TestContext, ...args: readonly string[]) {
  const child = spawn(process.execPath, ["--import", "tsx", main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  t.after(() => child.kill());
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = once(child, "close").then(([exitCode]: unknown[]) => {
    assert.doesNotMatch(stdout + stderr, /MDEyMzQ1/);
    return { exitCode, stdout, stderr };
  });
  return { ended, child };
}

type Report = {
  readonly status: "ok" | "warning" | "fault";
  readonly findings: readonly {
    readonly id: string;
    readonly code: string;
    readonly state: string;
    readonly evidence: string;
  }[];
};

/** What the machine of the test makes of itself is not the matter here. */
const ofMachine = /^(clock|interference)\./;

/** The states by their names, the machine's own left out; the exit status has to say the worst. */
async function examined(t: TestContext, config: string, ...args: readonly string[]) {
  const run = start(t, "doctor", "--json", "--user", user, "--config", config, ...args);
  const { exitCode, stdout, stderr } = await within("end of the doctor", run.ended);
  hold(doctorReport, JSON.parse(stdout));
  const { status, findings } = JSON.parse(stdout) as Report;
  assert.equal(exitCode, { ok: 0, warning: 1, fault: 2 }[status], stdout);
  for (const { id, state, evidence } of findings) if (state !== "ok") t.diagnostic(`${id}: ${state}: ${evidence}`);
  const states = findings.filter(({ id }) => !ofMachine.test(id)).map(({ id, state }) => [id, state]);
  const find = (id: string) => findings.find((one) => one.id === id);
  const evidenceOf = (id: string) => find(id)?.evidence ?? "";
  const codeOf = (id: string) => find(id)?.code;
  return { states: Object.fromEntries(states) as Record<string, string>, evidenceOf, codeOf, stderr };
}

/** A hub over TLS, an MCU on a tty, and the configuration that fits both. */
async function world(t: TestContext) {
  const hub = await watchedHub(t, { tls: { cert: tlsFile("server.pem"), key: tlsFile("server.key") } });
  const mcu = await startVirtualMcu({ link: join(folder.path, "tty") });
  t.after(() => mcu.close());
  const yaml = good
    .replace("/dev/ttyUSB0", "tty")
    .replace("serial:", `  host: localhost\n  port: ${hub.tlsPort}\nserial:`);
  return { hub, mcu, yaml, config: folder.write("c.yaml", yaml) };
}

const sound = {
  configuration: "ok",
  "configuration.access": "ok",
  secret: "ok",
  "port.path": "ok",
  "port.access": "ok",
  "port.holder": process.geteuid?.() === 0 ? "ok" : "unknown",
  "mcu.hello": "ok",
  "mcu.lines": "ok",
  "port.hangup": "ok",
  "hub.address": "ok",
  "hub.tcp": "ok",
  "hub.tls": "ok",
  "hub.connack": "ok",
  "hub.suback": "ok",
};

test("doctor: nothing wrong, and every part was really asked", async (t) => {
  const { hub, mcu, config } = await world(t);
  const { states, evidenceOf, codeOf, stderr } = await examined(t, config);
  assert.deepEqual(states, sound);
  assert.match(evidenceOf("mcu.hello"), /virtual-mcu-1/);
  assert.equal(codeOf("port.hangup"), "keeps_running");
  assert.match(evidenceOf("hub.tls"), /CN=localhost.*; signed by .*SHA-256 ([0-9A-F]{2}:){31}/);
  assert.match(stderr, /^connecting to tls:\/\/localhost:\d+ as ABCDEFGH12\/gateway01: a gateway elsewhere/);
  await hub.next("subscribed");
  await hub.next("disconnected");
  assert.equal(mcu.counts().commands, 0);
});

test("doctor: a console's prompt behind a healthy hello, and lines that end in CR", async (t) => {
  const { mcu, yaml, config } = await world(t);
  await mcu.close();
  for (const [around, evidence, serial] of [
    [
      { prompt: "uart:~$ " },
      /the next has 8 bytes in front of it: "uart:~\$ ": replies with the same fault are lost/,
      "prompt: 'uart:~$ '",
    ],
    [{ end: "\r" }, /its lines end in CR, and none in LF/, "lineEnd: cr"],
  ] as const) {
    const board = await startVirtualMcu({ link: join(folder.path, "tty"), around });
    t.after(() => board.close());
    const { states, evidenceOf } = await examined(t, config);
    assert.equal(states["mcu.lines"], "fault");
    assert.match(evidenceOf("mcu.lines"), evidence);
    const mended = await examined(t, folder.write("mended.yaml", yaml.replace("path: tty", `path: tty\n  ${serial}`)));
    assert.equal(mended.states["mcu.lines"], "ok");
    await board.close();
  }
});

test("doctor: a wrong secret is the hub's refusal", async (t) => {
  const { config } = await world(t);
  folder.write("device-secret", Buffer.from("another made-up one").toString("base64"));
  t.after(() => folder.write("device-secret", secret));
  const { states, codeOf } = await examined(t, config);
  assert.deepEqual(states, { ...sound, "hub.connack": "fault", "hub.suback": "unknown" });
  assert.equal(codeOf("hub.connack"), "refused_credentials");
});

test("doctor: a wrong CA is told from a wrong secret, and nothing is said to that server", async (t) => {
  const { hub, yaml } = await world(t);
  folder.write("other-ca.pem", tlsFile("other-ca.pem"));
  const config = folder.write("c.yaml", yaml.replace("hub-ca.pem", "other-ca.pem"));
  const { states, evidenceOf, codeOf } = await examined(t, config);
  assert.deepEqual(states, { ...sound, "hub.tls": "fault", "hub.connack": "unknown", "hub.suback": "unknown" });
  assert.equal(codeOf("hub.tls"), "tls_ca_wrong");
  assert.match(evidenceOf("hub.tls"), /the CA given has the SHA-256 fingerprint .*\[CN=localhost/);
  assert.equal(hub.counts().connected, 0);
});

test("doctor: TLS by the device secret: shown, and another secret or a name that the hub does not know is told", async (t) => {
  const hub = await watchedHub(t, { pskPort: 0 });
  const mcu = await startVirtualMcu({ link: join(folder.path, "tty") });
  t.after(() => mcu.close());
  const yaml = good
    .replace("/dev/ttyUSB0", "tty")
    .replace("caFile: hub-ca.pem", `transport: psk\n  host: localhost\n  port: ${hub.pskPort}`);
  const right = await examined(t, folder.write("c.yaml", yaml));
  assert.deepEqual(right.states, sound);
  assert.equal(right.codeOf("hub.tls"), "by_secret");
  assert.match(right.evidenceOf("hub.tls"), /^TLSv1\.2, TLS_.*PSK_.*: the hub knows the device secret; no certificate/);

  const unsafe = { ...sound, "hub.tls": "fault", "hub.connack": "unknown", "hub.suback": "unknown" };
  const unknown = await examined(t, folder.write("c.yaml", yaml.replace("gateway01", "nobody")));
  assert.deepEqual([unknown.states, unknown.codeOf("hub.tls")], [unsafe, "psk_unknown_identity"]);
  folder.write("device-secret", Buffer.from("another made-up one").toString("base64"));
  t.after(() => folder.write("device-secret", secret));
  const another = await examined(t, folder.write("c.yaml", yaml));
  assert.deepEqual([another.states, another.codeOf("hub.tls")], [unsafe, "psk_wrong_key"]);
});

test("doctor: nobody listens at the hub's port", async (t) => {
  const { hub, config } = await world(t);
  await hub.close();
  const { states } = await examined(t, config);
  const untried = { "hub.tls": "unknown", "hub.connack": "unknown", "hub.suback": "unknown" };
  assert.deepEqual(states, { ...sound, "hub.tcp": "fault", ...untried });
});

test("doctor: another program has the port, and it is left alone", async (t) => {
  const { mcu, config } = await world(t);
  const reader = spawn("cat", [mcu.path], { stdio: ["ignore", "pipe", "ignore"] });
  t.after(() => reader.kill());
  await mcu.control({ kind: "reset" });
  await once(reader.stdout, "data");
  const { states, evidenceOf, codeOf } = await examined(t, config);
  assert.deepEqual(states, { ...sound, "port.holder": "fault", "mcu.hello": "unknown", "mcu.lines": "unknown" });
  assert.equal(codeOf("port.holder"), "other_program");
  assert.match(evidenceOf("port.holder"), new RegExp(`cat \\(process ${reader.pid}\\)`));
});

test("doctor: the running gateway is recognised, and keeps its session unless --connect is given", async (t) => {
  const { hub, config } = await world(t);
  const gateway = start(t, "run", "--config", config);
  await hub.next("subscribed");
  const left = { "mcu.hello": "unknown", "mcu.lines": "unknown", "hub.connack": "unknown", "hub.suback": "unknown" };
  const { states, evidenceOf, codeOf } = await examined(t, config);
  // The gateway leaves HUPCL as it was, and a pseudo-terminal begins without.
  assert.deepEqual(states, { ...sound, "port.holder": "ok", ...left });
  assert.equal(codeOf("port.holder"), "own_gateway");
  assert.match(evidenceOf("port.holder"), new RegExp(`our own gateway \\(process ${gateway.child.pid}\\)`));
  assert.equal(hub.counts().connected, 1);

  const { states: forced, stderr } = await examined(t, config, "--connect");
  assert.deepEqual([forced["hub.connack"], forced["hub.suback"]], ["ok", "ok"]);
  assert.match(stderr, /our own gateway with this identity loses its session/);
  gateway.child.kill();
  await within("end of the gateway", gateway.ended);
});

test("doctor: what the running gateway knows of its MCU is asked where there is no unit", async (t) => {
  const { mcu, yaml } = await world(t);
  const idle = yaml.replace("path: tty", "path: tty\n  idleProbeMs: 200\n  probeIntervalMs: 200");
  const config = folder.write("c.yaml", idle);
  const gateway = start(t, "run", "--config", config);
  const { child } = gateway;
  let log = "";
  const logged = (words: RegExp) =>
    new Promise<void>((resolve) => {
      child.stderr.on("data", (text: string) => {
        log += text;
        if (words.test(log)) resolve();
      });
    });
  await within("a hello", logged(/ mcu: /));
  const isAway = logged(/mcu is away/);
  await mcu.control({ kind: "faults", change: { silence: true } });
  await within("an MCU that is away", isAway);
  const { states, evidenceOf, codeOf } = await examined(t, config);
  assert.equal(states["mcu.hello"], "fault");
  assert.equal(codeOf("mcu.hello"), "away");
  assert.match(evidenceOf("mcu.hello"), /^our own gateway \(process \d+\) says: the MCU does not answer$/);
  child.kill();
  await within("end of the gateway", gateway.ended);
});

test("doctor: a port that is not there, and a bad configuration", async (t) => {
  const { yaml } = await world(t);
  const absent = await examined(t, folder.write("c.yaml", yaml.replace("path: tty", "path: no-tty")));
  const unseen = {
    "port.access": "unknown",
    "port.holder": "unknown",
    "mcu.hello": "unknown",
    "mcu.lines": "unknown",
    "port.hangup": "unknown",
  };
  assert.deepEqual(absent.states, { ...sound, ...unseen, "port.path": "fault" });
  const bad = await examined(t, folder.write("c.yaml", `${yaml}logs: 1\n`));
  assert.deepEqual(bad.states, { configuration: "fault" });
  assert.match(bad.stderr, /when the configuration is right/);
});

test("doctor: for people, each finding in its line, what helps below it, and a last line", async (t) => {
  const pty = await openPty();
  t.after(() => pty.hangUp());
  const file = folder.write("c.yaml", good.replace("serial:", "  host: localhost\n  transport: ftp\nserial:"));
  const run = start(t, "doctor", "--config", file);
  const { exitCode, stdout } = await within("end of the doctor", run.ended);
  assert.equal(exitCode, 2);
  assert.match(stdout, /^FAULT {4}the configuration: .*c\.yaml:7:14: hub\.transport: .*\n {9}-> correct the file.*\n/);
  assert.match(stdout, /\n1 fault(, \d warnings?)?(; \d not checked)?\n$/);
});

test("doctor: a wrong command line is neither a warning nor a fault", async (t) => {
  for (const args of [["doctor"], ["doctor", "--config", "c.yaml", "--user", "no-such-user"]]) {
    const { exitCode, stderr } = await within("end of the doctor", start(t, ...args).ended);
    assert.equal(exitCode, 64);
    assert.match(stderr, /--config|no user no-such-user/);
  }
});
