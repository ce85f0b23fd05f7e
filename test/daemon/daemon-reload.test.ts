/** What a reload does to the connections of the daemon as a whole: each test sees every opening. */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { type Config, loadConfig } from "../../src/config/load.ts";
import { Daemon } from "../../src/daemon/daemon.ts";
import { Observers } from "../../src/daemon/observers.ts";
import type { Outside } from "../../src/daemon/outside.ts";
import type { Session } from "../../src/iot-hub/session.ts";
import { connectionEnd } from "../../src/mqtt/connection-end.ts";
import { CollapsingLog } from "../../src/runtime/log.ts";
import type { Link } from "../../src/serial/link.ts";
import { createNotifier } from "../../src/systemd/notifier.ts";
import { good, temporaryFolder } from "../config/folder.ts";
import { noProgram } from "../support/no-program.ts";
import { untilSeen } from "../support/watch.ts";

/** A hub and a port that are there at once, and what was asked of them. */
function reachable(seen: string[]): Outside {
  return {
    openSession(_options, emit): Session {
      seen.push("session opened");
      setImmediate(() => emit({ kind: "up", roundTripMs: 20 }));
      const cause = connectionEnd("ended", "ended by the gateway", { endpoint: _options.endpoint, stage: "up" });
      return {
        silentMs: () => 0,
        ask() {},
        adjust: ({ pingIntervalMs, connectTimeoutMs }) =>
          seen.push(`session adjusted ${pingIntervalMs} ${connectTimeoutMs}`),
        publish: () => "sent",
        publishEvent: () => "sent",
        addBoard() {},
        withdrawBoard: () => Promise.resolve(true),
        removeBoard() {},
        setPresence() {},
        unsubscribe: () => Promise.resolve(true),
        end: () => setImmediate(() => emit({ kind: "down", cause })),
      };
    },
    openLink({ path }, emit): Link {
      seen.push(`port opened ${path}`);
      setImmediate(() => emit({ kind: "up" }));
      return {
        write: () => setImmediate(() => emit({ kind: "written" })),
        adjust: () => seen.push("port adjusted"),
        close: () => setImmediate(() => emit({ kind: "down", cause: { kind: "closed", message: "closed" } })),
      };
    },
    holdersOf: () => Promise.resolve([]),
    socketOfTty: () => undefined,
    devicePath: (path) => path,
  };
}

async function startDaemon(t: TestContext) {
  const folder = temporaryFolder();
  const load = (change: (yaml: string) => string): Config => {
    const yaml = change(good.replace("/dev/ttyUSB0", `${folder.path}/tty`));
    const loaded = loadConfig(folder.write("c.yaml", yaml), {});
    assert.ok(loaded.kind === "loaded", yaml);
    return loaded.config;
  };
  const seen: string[] = [];
  const lines: string[] = [];
  const log = new CollapsingLog({ level: "info", journald: true, write: (line) => lines.push(line), now: () => 0 });
  const config = load((yaml) => yaml);
  const observers = await Observers.open(config, "0.0.0", log);
  const daemon = new Daemon(config, log, createNotifier({}, log), observers, noProgram, reachable(seen));
  t.after(async () => {
    await daemon.stop();
    folder.remove();
  });
  await untilSeen("both up", () => lines.join("").includes("session: up") && lines.join("").includes("is open"));
  assert.deepEqual(seen, [`port opened ${folder.path}/tty`, "session opened"]);
  seen.length = 0;
  const reload = (change: (yaml: string) => string) => daemon.reload(load(change));
  return { seen, lines, reload, folder };
}

const withHub = (lines: string) => (yaml: string) => yaml.replace("serial:", `  ${lines}\nserial:`);

test("what needs no other session and no other port leaves both as they are", async (t) => {
  const { seen, reload } = await startDaemon(t);
  for (const lines of [
    "rrpc: {cutoffMs: 3000, marginMs: 600, queueMax: 4}",
    "events: {topic: ABCDEFGH12/gateway01/event, perSecondMax: 1}",
  ]) {
    await reload((yaml) => `${yaml}${lines}\n`);
    assert.deepEqual(seen.splice(0), ["port adjusted"], lines);
    await reload((yaml) => yaml);
    assert.deepEqual(seen.splice(0), ["port adjusted"], `no ${lines}`);
  }
  await reload((yaml) => `${yaml}log: {level: warn}\nmetrics: {file: m.prom}\n`);
  await reload((yaml) => `${yaml}  template: {quietMs: 100}\nlog: {level: info}\n`);
  assert.deepEqual(seen, []);
});

test("how often the hub is pinged, and how long it may take, changes on the session that is up", async (t) => {
  const { seen, reload } = await startDaemon(t);
  await reload(withHub("pingIntervalS: 50"));
  await reload(withHub("pingIntervalS: 50\n  connectTimeoutMs: 4000"));
  assert.deepEqual(seen, ["session adjusted 50000 10000", "session adjusted 50000 4000"]);
});

test("another port leaves the session alone, and the log says why it was opened", async (t) => {
  const { seen, lines, reload, folder } = await startDaemon(t);
  await reload((yaml) => yaml.replace(/tty$/m, "other"));
  assert.deepEqual(seen, [`port opened ${folder.path}/other`]);
  assert.match(lines.join(""), /reload: the port is opened anew, for serial\.path\n/);
});

test("another keepalive needs another session, which leaves the port alone", { timeout: 20_000 }, async (t) => {
  const { seen, lines, reload } = await startDaemon(t);
  await reload(withHub("keepaliveS: 60\n  pingIntervalS: 30"));
  await untilSeen("the new session", () => seen.length > 0);
  assert.deepEqual(seen, ["session opened"]);
  assert.match(
    lines.join(""),
    /reload: hub\.pingIntervalS taken while running; a new session with the hub, for hub\.keepaliveS\n/,
  );
});

test("each reload has a line of its own, however many there are in a minute", async (t) => {
  const { lines, reload } = await startDaemon(t);
  const from = lines.length;
  for (let windowMax = 1; windowMax <= 6; windowMax++)
    await reload((yaml) => yaml.replace("serial:", `serial:\n  windowMax: ${windowMax + 1}`));
  await reload((yaml) => yaml.replace("serial:", "serial:\n  windowMax: 7"));
  const told = lines.slice(from).flatMap((line) => line.match(/reload: .*/)?.[0] ?? []);
  assert.deepEqual(told, [
    ...Array<string>(6).fill("reload: serial.windowMax taken while running"),
    "reload: nothing has changed",
  ]);
});
