/** Readers that hold on to their end of a socket, whatever the gateway says: it lets go, and waits for none of them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, statSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { follow } from "../../src/observe/client.ts";
import { scrapeServer } from "../../src/observe/metrics/scrape.ts";
import { jsonLine } from "../../src/observe/socket-protocol.ts";
import { createWatch } from "../support/watch.ts";
import { openWorld, readRaw, type World } from "./world.ts";

const watchOrder = jsonLine({ want: "watch", withContents: false });
const dumpOrder = jsonLine({ want: "dump" });

/** One who says `text` and then neither reads nor closes. */
async function openStubborn(t: TestContext, path: string, text = ""): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true }).pause();
  t.after(() => socket.destroy());
  // What it still says to one who has gone.
  socket.on("error", () => {});
  await once(socket, "connect");
  if (text !== "") socket.write(text);
  return socket;
}

const descriptors = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

/** The kernel tells nobody when a descriptor is closed, or a file is there: it has to be asked. */
async function untilLooked(t: TestContext, what: string, look: () => boolean): Promise<void> {
  const watch = createWatch();
  const poll = setInterval(watch.changed, 20);
  t.after(() => clearInterval(poll));
  await watch.until(what, look);
}

const modeOf = (path: string) => (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;

/** One who reads and leaves, again and again until there is a place for him. */
async function untilServed({ socket }: World): Promise<void> {
  while ((await follow(socket, { want: "dump" }, async () => "enough")) !== undefined) {}
}

const untilDescriptors = (t: TestContext, pid: number, max: number) =>
  untilLooked(t, `at most ${max} descriptors`, () => descriptors(pid) <= max);

async function openWatchers(t: TestContext, { socket }: World): Promise<void> {
  const watch = createWatch();
  for (let count = 0; count < 8; count++) {
    const { answers } = await readRaw(t, socket, { want: "watch", withContents: false }, watch.changed);
    await watch.until("the state", () => answers.some(({ kind }) => kind === "link"));
  }
}

test("readers beyond the eighth are closed at once, though they hold on; a reload and a stop wait for nobody", async (t) => {
  const world = await openWorld(t);
  await openWatchers(t, world);
  const before = descriptors(world.daemon.pid);
  for (const text of ["", watchOrder, dumpOrder, '{"want":', "x".repeat(100_000)]) {
    for (let count = 0; count < 20; count++) await openStubborn(t, world.socket, text);
  }
  await untilDescriptors(t, world.daemon.pid, before);
  assert.equal((await world.call("on")).kind, "answered");

  world.rewrite({ monitor: { socket: world.socket, access: "group" }, log: { level: "debug" } });
  world.daemon.signal("SIGHUP");
  await world.log(/log level debug/);
  await untilLooked(t, "the socket, its group's", () => modeOf(world.socket) === 0o660);
  // All of them again, half of the places taken by those who do not read.
  for (let count = 0; count < 4; count++) await openStubborn(t, world.socket, watchOrder);
  for (let count = 0; count < 20; count++) await openStubborn(t, world.socket, dumpOrder);
  const stoppedAt = performance.now();
  world.daemon.signal("SIGTERM");
  assert.equal(await world.daemon.ended, 0);
  assert.ok(performance.now() - stoppedAt < 5000);
  assert.match(world.daemon.stderr(), /stopped after/);
});

test("a dump that nobody reads to its end, and one who goes on talking, take no place from others", {
  timeout: 30_000,
}, async (t) => {
  const world = await openWorld(t);
  for (let count = 0; count < 8; count++) await openStubborn(t, world.socket, dumpOrder);
  await untilServed(world);
  for (let count = 0; count < 8; count++) (await openStubborn(t, world.socket, watchOrder)).write("x".repeat(100));
  await untilServed(world);
});

test("one who connects while the gateway stops does not hold it up", async (t) => {
  const world = await openWorld(t);
  // In flight: the stop takes that long.
  const call = world.call("slow 1000");
  await world.until("the command at the MCU", () => world.mcu.counts().commands === 1);
  world.daemon.signal("SIGTERM");
  await world.log(/SIGTERM: no more requests/);
  for (let count = 0; count < 12; count++) await openStubborn(t, world.socket, count % 2 === 0 ? watchOrder : "");
  assert.equal((await call).kind, "answered");
  assert.equal(await world.daemon.ended, 0);
});

test("scrapers that say nothing, or do not read, lose their place to one who does", async (t) => {
  const text = "metric 1\n".repeat(1_000_000);
  const server = scrapeServer({ text: async () => text, contentType: "text/plain" }, { idleMs: 200 });
  t.after(() => server.close());
  t.after(() => server.closeAllConnections());
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const sockets = Array.from({ length: 16 }, (_, count) => {
    const socket = connect({ port: address.port, host: "127.0.0.1", allowHalfOpen: true }).pause();
    t.after(() => socket.destroy());
    socket.on("error", () => {});
    if (count % 2 === 0) socket.write("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    return socket;
  });
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  let connections = sockets.length;
  await untilLooked(t, "no connection", () => {
    server.getConnections((_, count) => {
      connections = count;
    });
    return connections === 0;
  });
  const response = await fetch(`http://127.0.0.1:${address.port}/metrics`);
  assert.equal((await response.text()).length, text.length);
});
