/** What each program listens on, as the kernel has it: nothing beyond loopback, unless it was told to. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openWorld } from "../observe/world.ts";
import { program } from "../support/daemon.ts";
import { commandLineOf, descendantsOf, listenersOf, socketsOf } from "../support/listeners.ts";
import { createWatch } from "../support/watch.ts";

const loopback = /^127\.0\.0\.1:\d+$/;

/** Starts the built program and waits for what it prints. */
async function printed(t: TestContext, args: readonly string[], pattern: RegExp) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(child, "close");
  t.after(async () => {
    child.kill("SIGTERM");
    await ended;
  });
  const watch = createWatch();
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    watch.changed();
  });
  await watch.until(`${pattern}`, () => pattern.test(text));
  return child.pid ?? -1;
}

/**
 * A gateway with one more socket than its standard error, its own names and `others`: those are there before it connects to
 * the hub.
 */
function isConnectedGateway(pid: number, others: number): boolean {
  return commandLineOf(pid).includes("run") && socketsOf(pid).length > 1 + ownNames.length + others;
}

test("these tests see what a process listens on", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-listening-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, "socket");
  const servers = [
    createServer().listen(path),
    ...["0.0.0.0", "127.0.0.1"].map((host) => createServer().listen(0, host)),
  ];
  t.after(() => servers.map((server) => server.close()));
  await Promise.all(servers.map((server) => server.listening || once(server, "listening")));
  const expected = servers.map((server) => {
    const address = server.address();
    return typeof address === "string" || address === null ? path : `${address.address}:${address.port}`;
  });
  // What the runner of the tests listens on is not ours.
  const found = listenersOf(process.pid);
  for (const listener of expected) assert.ok(found.includes(listener), `${listener} is not in ${found}`);
});

/**
 * The name by which gateways of one device on one machine know each other, and the one at which `health` asks; not on the
 * network, and of no file.
 */
const ownNames = [/^@rrpc-gateway-[0-9a-f]{64}-+$/, /^@rrpc-gateway-health-[0-9a-f]{64}-+$/];

/** What a gateway listens on beside the two names, which it always has. */
function gatewayListeners(pid: number): string[] {
  const listeners = listenersOf(pid);
  for (const name of ownNames) {
    assert.equal(listeners.filter((listener) => name.test(listener)).length, 1, listeners.join());
  }
  return listeners.filter((listener) => !ownNames.some((name) => name.test(listener)));
}

test("run listens on nothing but the names of its lock and its health", async (t) => {
  const { daemon, call } = await openWorld(t, { config: { monitor: {} } });
  assert.equal((await call("on")).kind, "answered");
  assert.deepEqual(gatewayListeners(daemon.pid), []);
});

test("run with a monitor listens at its socket alone, which is its user's", async (t) => {
  const { daemon, log, socket } = await openWorld(t);
  await log(/monitor: .*: listening/);
  assert.deepEqual(gatewayListeners(daemon.pid), [socket]);
  assert.equal(statSync(socket).mode & 0o777, 0o600);
});

test("run with metrics listens on loopback, and elsewhere only where it is told to, with a warning", async (t) => {
  const world = await openWorld(t, { config: { monitor: {}, metrics: { port: 0 } } });
  await world.log(/metrics: 127\.0\.0\.1: listening on port \d+/);
  const [listener = "", ...others] = gatewayListeners(world.daemon.pid);
  assert.match(listener, loopback);
  assert.deepEqual(others, []);
  assert.doesNotMatch(world.daemon.stderr(), /metrics\.host/);

  world.rewrite({ metrics: { port: 0, host: "0.0.0.0" } });
  world.daemon.signal("SIGHUP");
  await world.log(/warn .*metrics\.host: expected 127\.0\.0\.1, because whoever reaches another address can read/);
  await world.log(/metrics: 0\.0\.0\.0: listening on port \d+/);
  assert.match(gatewayListeners(world.daemon.pid).join(), /^0\.0\.0\.0:\d+$/);
});

test("hub listens on loopback: the broker and the API", async (t) => {
  const pid = await printed(t, ["hub", "--mqtt-port", "0", "--api-port", "0"], /^listening .*\n/);
  const listeners = listenersOf(pid);
  assert.equal(listeners.length, 2);
  for (const listener of listeners) assert.match(listener, loopback);
});

/** Only its user may enter the folder (mkdtemp(3)). */
const monitor = /^\/.*\/rrpc-gateway-bench-\w+\/monitor$/;

for (const { name, args, pattern, gateway, monitors } of [
  { name: "demo", args: ["demo"], pattern: /^1 {2}/m, gateway: "nothing", monitors: 0 },
  {
    name: "bench",
    args: ["bench", "--virtual", "--only", "load", "--duration-s", "60"],
    pattern: /Load/,
    gateway: "a socket in a folder of its own",
    monitors: 1,
  },
]) {
  test(`${name} listens on loopback, its gateway on ${gateway}`, async (t) => {
    const pid = await printed(t, args, pattern);
    const watch = createWatch();
    // The kernel tells nobody: it has to be asked.
    const poll = setInterval(watch.changed, 20);
    t.after(() => clearInterval(poll));
    await watch.until("the gateway with its session", () =>
      descendantsOf(pid).some((each) => isConnectedGateway(each, 2 * monitors)),
    );
    const listeners = gatewayListeners(pid);
    const expected = [...Array(monitors).fill(monitor), loopback, loopback];
    assert.equal(listeners.length, expected.length, listeners.join());
    for (const [index, listener] of listeners.entries()) assert.match(listener, expected[index]);
  });
}
