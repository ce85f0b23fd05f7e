/** The monitor's socket and command, at a gateway that runs: what is told, to whom, and at whose cost. */
import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { TraceEvent } from "../../src/observe/trace-event.ts";
import { openWorld } from "./world.ts";

const eventsOf = (stdout: string): TraceEvent[] =>
  stdout
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TraceEvent);

/** What a event is, without the time and without what differs from run to run. */
function essence(event: TraceEvent): string {
  switch (event.kind) {
    case "request":
    case "response":
      return `${event.kind} ${event.processId} ${event.byteCount} ${JSON.stringify(event.contents)}`;
    case "line_out":
    case "line_in":
      return `${event.kind} ${event.head} ${event.byteCount} ${JSON.stringify(event.contents)}`;
    case "session":
    case "link":
    case "online":
      return `${event.kind} ${event.isUp}`;
    case "report":
      return `report ${event.report.kind}`;
    case "status":
      return `status ${event.text.replace(/\d+ s/g, "… s")}`;
    case "lost":
    case "gap":
      return `${event.kind} ${event.count}`;
    default:
      return event satisfies never;
  }
}

test("a request is seen on its whole way, without its contents", async (t) => {
  const { config, call, start, until } = await openWorld(t);
  const monitor = start("monitor", "--json", "--config", config);
  await until("the state of things", () => /"link"/.test(monitor.stdout()));
  await call("open sesame", "77");
  await until("the report", () => /"settled"/.test(monitor.stdout()));
  const events = eventsOf(monitor.stdout());
  assert.deepEqual(events.map(essence), [
    "session true",
    "link true",
    "status hub up for … s, serial line up for … s; 0 requests, 0 errors",
    "request 77 11 undefined",
    "line_out >77 16 undefined",
    "line_in <77 15 undefined",
    "response 77 11 undefined",
    "report settled",
  ]);
  assert.doesNotMatch(monitor.stdout(), /sesame/);
  const times = events.map(({ time }) => Date.parse(time));
  assert.deepEqual(times, times.toSorted());
});

test("contents are shown to one who asks, and only to that one", async (t) => {
  const { config, call, start, until } = await openWorld(t);
  const [open, closed] = [start("monitor", "--config", config, "--payloads"), start("monitor", "--config", config)];
  for (const { stdout } of [open, closed]) await until("the state of things", () => /status {3}hub/.test(stdout()));
  await call("tür auf", "78");
  for (const { stdout } of [open, closed]) await until("the report", () => /: ok after/.test(stdout()));
  const bare = (text: string) =>
    text
      .replaceAll(/^[\d:.]{12} /gm, "")
      .split("\n")
      .slice(3, 7);
  assert.deepEqual(bare(open.stdout()), [
    "request  78, 8 bytes: tür auf",
    "to mcu   >78 tür auf (13 bytes)",
    "from mcu <78 tür auf (12 bytes)",
    "response 78, 8 bytes: tür auf",
  ]);
  assert.deepEqual(bare(closed.stdout()), [
    "request  78, 8 bytes",
    "to mcu   >78 (13 bytes)",
    "from mcu <78 (12 bytes)",
    "response 78, 8 bytes",
  ]);
});

test("a filter shows what it names; a cable that is pulled is a change of the link", async (t) => {
  const { config, call, start, until, mcu } = await openWorld(t);
  const monitor = start("monitor", "--json", "--config", config, "--filter", "link, error");
  await until("the state of things", () => /"link"/.test(monitor.stdout()));
  await call("a");
  await mcu.control({ kind: "unplug" });
  await until("the change", () => /false/.test(monitor.stdout()));
  assert.deepEqual(eventsOf(monitor.stdout()).slice(0, 2).map(essence), ["link true", "link false"]);
});

test("the gateway's end is the monitor's, and its socket goes with it", async (t) => {
  const { config, socket, daemon, start, until } = await openWorld(t);
  const monitor = start("monitor", "--config", config);
  await until("the state of things", () => /status {3}hub/.test(monitor.stdout()));
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0);
  assert.equal(await monitor.ended, 69);
  assert.match(monitor.stdout(), /session {2}down\n/);
  assert.equal(monitor.stderr(), "the gateway has stopped\n");
  assert.equal(statSync(socket, { throwIfNoEntry: false }), undefined);
  const late = start("monitor", "--config", config);
  assert.equal(await late.ended, 69);
  assert.match(late.stderr(), /^no gateway listens at .*: is it running, with this configuration\?\n$/);
});

test("who may watch is a matter of the socket's mode, and a reload changes it", async (t) => {
  const { socket, daemon, log, rewrite, folder } = await openWorld(t);
  await log(/monitor\.sock: listening/);
  assert.equal((statSync(socket).mode & 0o777).toString(8), "600");
  rewrite({ monitor: { socket: `${folder}/other.sock`, access: "group" } });
  daemon.signal("SIGHUP");
  await log(/other\.sock: listening/);
  assert.equal((statSync(`${folder}/other.sock`).mode & 0o777).toString(8), "660");
  assert.equal(statSync(socket, { throwIfNoEntry: false }), undefined);
});

test("what a killed gateway left is taken over; what is no socket is left alone", async (t) => {
  const { socket, config, daemon, start, until, folder } = await openWorld(t);
  daemon.signal("SIGKILL");
  await daemon.ended;
  assert.ok(statSync(socket).isSocket());
  const second = start("run", "--config", config);
  await until("the second one's socket", () => /monitor: .*: listening/.test(second.stderr()));
  // Another device each: a second gateway for the same one ends before it comes to the socket.
  const another = (deviceName: string, more: object) => {
    const { hub, ...others } = JSON.parse(readFileSync(config, "utf8"));
    const file = `${folder}/${deviceName}.json`;
    writeFileSync(file, JSON.stringify({ ...others, hub: { ...hub, deviceName }, ...more }), { mode: 0o600 });
    return file;
  };
  const third = start("run", "--config", another("third", {}));
  await until("the third one's fault", () => /monitor: .*EADDRINUSE.*tried again every 30 s/.test(third.stderr()));
  const file = `${folder}/file`;
  writeFileSync(file, "precious");
  const fourth = start("run", "--config", another("fourth", { monitor: { socket: file } }));
  await until("the fourth one's fault", () => /monitor: .*EADDRINUSE/.test(fourth.stderr()));
  assert.equal(readFileSync(file, "utf8"), "precious");
});

test("without a socket in the configuration there is nothing to watch", async (t) => {
  const { config, rewrite, start } = await openWorld(t);
  rewrite({ monitor: {} });
  const monitor = start("monitor", "--config", config);
  assert.equal(await monitor.ended, 78);
  assert.match(monitor.stderr(), /no monitor\.socket/);
  const wrong = start("monitor", "--config", config, "--filter", "requests");
  assert.equal(await wrong.ended, 64);
  assert.match(wrong.stderr(), /--filter: expected some of request, response, line_out, /);
});
