/** The files of what is built: the daemon reads its own, and the others only when it needs them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { startDaemon } from "../support/daemon.ts";

const folder = mkdtempSync(join(tmpdir(), "rrpc-gateway-files-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const config = {
  hub: {
    productId: "ABCDEFGH12",
    deviceName: `files-${process.pid}`, // One gateway for a device on this machine.
    deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==",
    transport: "tcp",
    host: "127.0.0.1",
    port: 1, // Nothing listens there, and nobody waits for it here.
  },
  serial: { path: join(folder, "no-tty") },
};
const template = { command: "DO {payload}", reply: "OK (?<payload>.*)" };

/** What `command` says with `options` added to the configuration; `run` is stopped when it has said that it waits for its port. */
async function logOf(command: "run" | "check", options: object = {}, until = /waiting for it/): Promise<string> {
  const file = join(folder, "config.yaml");
  writeFileSync(file, JSON.stringify({ ...config, ...options }), { mode: 0o600 });
  let hasStarted = false;
  const daemon = startDaemon(
    [command, "--config", file],
    () => {
      if (hasStarted || !until.test(daemon.stderr())) return;
      hasStarted = true;
      daemon.signal("SIGTERM");
    },
    { NODE_OPTIONS: `--require=${join(import.meta.dirname, "loaded-files.cjs")}` },
  );
  assert.equal(await daemon.ended, 0, daemon.stderr());
  return daemon.stderr();
}

/** Which files `command` has read. */
async function loadedBy(...args: Parameters<typeof logOf>): Promise<readonly string[]> {
  return /^loaded: (.*)$/m.exec(await logOf(...args))?.[1]?.split(" ") ?? [];
}

/** What is started, what loads the bundle, and the bundle. */
const own = ["rrpc-gateway.cjs", "load-bundle.cjs", "gateway.cjs"];

test("the daemon reads its own file and no other", { timeout: 30_000 }, async () => {
  assert.deepEqual(await loadedBy("run"), own);
});

test("with metrics it reads their file as well", { timeout: 30_000 }, async () => {
  const metrics = { file: join(folder, "gateway.prom") };
  assert.deepEqual(await loadedBy("run", { metrics }), [...own, "metrics.cjs"]);
});

test("with a recovery action it reads their file as well", { timeout: 30_000 }, async () => {
  const serial = { ...config.serial, recovery: { gpio: { line: 17 } } };
  assert.deepEqual(await loadedBy("run", { serial }), [...own, "recovery.cjs"]);
});

test("with patterns it reads RE2's", { timeout: 30_000 }, async () => {
  const serial = { ...config.serial, dialect: "template", template };
  assert.deepEqual(await loadedBy("run", { serial }), [...own, "re2js.cjs"]);
  assert.deepEqual(await loadedBy("run", { rrpc: { deny: ["reset"] } }), [...own, "re2js.cjs"]);
});

test("with a WebSocket it reads their file", { timeout: 30_000 }, async () => {
  const server = createServer((socket) => socket.once("data", () => socket.destroy())).listen(0, "127.0.0.1");
  await once(server, "listening");
  const hub = { ...config.hub, transport: "ws", port: (server.address() as AddressInfo).port };
  assert.deepEqual(await loadedBy("run", { hub }, /session: /), [...own, "ws.cjs"]);
  server.close();
});

test("another command reads the files of the command line and of the tools", { timeout: 30_000 }, async () => {
  assert.deepEqual(await loadedBy("check"), [...own, "program.cjs", "tools.cjs"]);
});

test("all of Node's own modules that a start needs come from its code cache: no flag of V8 is set before", {
  timeout: 30_000,
}, async () => {
  const late = /^late: (.*)$/m.exec(await logOf("run"))?.[1]?.split(", ") ?? ["nothing said"];
  const modules = late.filter((name) => /^NativeModule (?!internal\/)/.test(name));
  assert.deepEqual(modules, []);
});
