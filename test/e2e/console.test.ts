/** `rrpc-gateway console` through the running gateway, both as they are built: typed into a real terminal. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { program, startDaemon } from "../support/daemon.ts";
import { startInTerminal } from "../support/terminal.ts";
import { createWatch } from "../support/watch.ts";

const device = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };

async function openWorld(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-console-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const watch = createWatch();
  const hub = await startHub({ devices: [device], observe: watch.changed });
  t.after(() => hub.close());
  const tty = join(folder, "tty");
  const heard: string[] = [];
  const mcu = await startVirtualMcu({
    link: tty,
    fw: "pump-1",
    crc: true,
    observe(observation) {
      if ("line" in observation) heard.push(String(observation.line));
      watch.changed();
    },
  });
  t.after(() => mcu.close());
  const config = join(folder, "config.yaml");
  const file = {
    hub: { ...device, transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
    serial: { path: tty },
    control: { socket: "control.sock" },
  };
  // JSON is YAML.
  writeFileSync(config, JSON.stringify(file), { mode: 0o600 });
  async function startGateway() {
    const daemon = startDaemon(["run", "--config", config], watch.changed);
    t.after(() => daemon.signal("SIGKILL"));
    await watch.until("the gateway", () => /control: .* listening/.test(daemon.stderr()));
    await watch.until("the session", () => /session: up/.test(daemon.stderr()));
    await watch.until("the board", () => /mcu: pump-1/.test(daemon.stderr()));
    return daemon;
  }
  const untilLost = (daemon: ReturnType<typeof startDaemon>) =>
    watch.until("the port to be lost", () => /link: lost/.test(daemon.stderr()));
  const untilReceived = (payload: string) =>
    watch.until(payload, () => heard.some((line) => line.includes(` ${payload}*`)));
  const call = async (payload: string) => {
    const result = await hub.call(device, payload);
    return result.kind === "answered" ? String(result.payload) : result.kind;
  };
  const openConsole = (...args: readonly string[]) =>
    startInTerminal(t, [process.execPath, program, "console", "--config", config, ...args], { columns: 160 });
  /** Runs it with these lines from a pipe, to its end. */
  async function piped(lines: readonly string[], ...args: readonly string[]) {
    const child = spawn(process.execPath, [program, "console", "--config", config, ...args], { timeout: 60_000 });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk) => (stdout += chunk));
    child.stderr.on("data", (chunk) => (stderr += chunk));
    child.stdin.on("error", () => {});
    child.stdin.end(`${lines.join("\n")}\n`);
    const [exitCode] = await once(child, "close");
    return { exitCode, stdout, stderr };
  }
  return { mcu, call, startGateway, openConsole, piped, untilLost, untilReceived };
}

test("calls, probes and what others do are on one screen; the port is lent and given back, callers told the truth", async (t) => {
  const world = await openWorld(t);
  const daemon = await world.startGateway();
  const console = world.openConsole();
  await console.until(/through the gateway at \S+control\.sock; \/help lists/);
  await console.until(/status {3}hub up for/);
  console.type("led on\r");
  const [, id] = await console.until(/-> {7}>(L[0-9a-z]{6}) led on\*.*\n.*<- {7}<\1 led on\*/);
  await console.until(new RegExp(`answer {3}${id}, [\\d.]+ ms: led on$`, "m"));
  console.type("/probe\r");
  await console.until(/hello {4}(?:[\d.]+ ms|time unknown): pump-1, window 1/);
  assert.equal(await world.call("from the cloud"), "from the cloud");
  await console.until(/-> {7}>(\d+) from the cloud\*.*\n.*<- {7}<\1 .*\n.*answer {3}request \1: ok after/);
  console.type("/line >7 x\r");
  await console.until(
    /nothing is written as it is, because it could become part of a caller's command: \/release gives/,
  );

  console.type("/release\r");
  await console.until(/tty is this console's: callers get unavailable \/ released until \/return/);
  assert.match(await world.call("b"), /"reason":"released","executed":"no"/);
  console.type("/line >7 x\r");
  await console.until(/answer {3}7, [\d.]+ ms: x$/m);
  console.type("/return\r");
  await console.until(/info {5}taken back after[\s\S]*mcu: pump-1[\s\S]*given back: through the gateway again$/m);
  assert.equal(await world.call("c"), "c");

  console.type("/release\r");
  await console.until(/released until \/return[\s\S]*released until \/return/);
  const other = world.openConsole();
  await other.until(/serial line released for/);
  other.type("/release\r");
  await other.until(/the board is released already, to rrpc-gateway \(process/);
  console.type("\x04");
  assert.equal(await console.ended, 0);
  await other.until(/taken back after/);
  await other.until(/taken back after[\s\S]*mcu: pump-1/);
  other.type("d\r");
  await other.until(/answer {3}L[0-9a-z]{6}, [\d.]+ ms: d$/m);
  other.type("/release 1s\r");
  await other.until(/the time is over: through the gateway again$/m);
  other.type("e\r");
  await other.until(/answer {3}L[0-9a-z]{6}, [\d.]+ ms: e$/m);
  assert.match(daemon.stderr(), /control: rrpc-gateway \(process \d+\) of user \S+ probes the board/);
});

test("in a script the next line finds the board: a port that was given back, or whose time is over, is met first", async (t) => {
  const world = await openWorld(t);
  await world.startGateway();
  const lines = ["/release 20s", "/line >7 a", "/return", "b", "/release 1s", "/wait 1s", "/probe", "c"];
  const { exitCode, stdout } = await world.piped(lines);
  assert.equal(exitCode, 0, stdout);
  assert.match(
    stdout,
    /given back: through the gateway again\n[\s\S]*answer .*: b\n[\s\S]*the time is over[\s\S]*answer .*: c\n/,
  );
});

test("a port that is not there when it is released is told, and given back; a person waits for it", async (t) => {
  const world = await openWorld(t);
  const daemon = await world.startGateway();
  await world.mcu.control({ kind: "unplug" });
  await world.untilLost(daemon);
  const script = await world.piped(["/release", "/wait 1s"]);
  assert.equal(script.exitCode, 1, script.stdout);
  assert.match(script.stdout, /tty does not exist.*: through the gateway again, but its port is not open\n/);
  const console = world.openConsole();
  await console.until(/status {3}hub up/);
  console.type("/release\r");
  await console.until(/tty is this console's, but it is not open yet: callers get/);
  console.type("/raw x\r");
  await console.until(/the port is not open$/m);
  await world.mcu.control({ kind: "plug" });
  await console.until(/mcu: pump-1/);
  console.type("/line >7 x\r");
  await console.until(/answer {3}7, [\d.]+ ms: x$/m);
  console.type("/quit\r");
  assert.equal(await console.ended, 0);
});

test("a script whose gateway dies says how far it came, and that a command in flight may have been carried out", async (t) => {
  const world = await openWorld(t);
  const daemon = await world.startGateway();
  await world.mcu.control({ kind: "faults", change: { silence: true } });
  const script = world.piped(["/wait 1s", "in flight", "never"]);
  await world.untilReceived("in flight");
  daemon.signal("SIGKILL");
  const { exitCode, stdout, stderr } = await script;
  assert.equal(exitCode, 2, stderr);
  assert.match(
    stderr,
    /the gateway has ended the connection\n.*line 2 is the last one that was taken: none after it was sent\n$/,
  );
  assert.match(stdout, /It may have been carried out\./);
  const none = await world.piped(["x"], "--no-port");
  assert.equal(none.exitCode, 69);
  assert.match(none.stderr, /no gateway listens at \S+control\.sock\n$/);
  assert.equal(none.stdout, "");
});

test("a gateway that ends is told and waited for; one that is stopped leaves the port to the console", async (t) => {
  const world = await openWorld(t);
  const first = await world.startGateway();
  const console = world.openConsole();
  await console.until(/status {3}hub up/);
  first.signal("SIGTERM");
  assert.equal(await first.ended, 0);
  await console.until(/\(waiting for it\)$/m);
  console.type("nobody\r");
  await console.until(/no answer: there is no gateway\. It was not carried out\./);
  const alone = world.openConsole();
  await alone.until(/no gateway listens at \S+: straight at \S+tty, 115200 baud/);
  await alone.until(/mcu: pump-1/);
  alone.type("straight\r");
  await alone.until(/answer {3}\d+, [\d.]+ ms: straight$/m);
  alone.type("/release\r");
  await alone.until(/the port is this console's: there is no gateway to release it/);
  alone.type("\x03");
  assert.equal(await alone.ended, 0);
  await world.startGateway();
  await console.until(/note {5}the gateway is back$/m);
  console.type("again\r");
  await console.until(/answer {3}L[0-9a-z]{6}, [\d.]+ ms: again$/m);
  console.type("/quit\r");
  assert.equal(await console.ended, 0);
});
