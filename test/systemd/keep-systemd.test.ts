import assert from "node:assert/strict";
import { test } from "node:test";
import { keepSystemd } from "../../src/keep-systemd.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";
import type { StatusFacts } from "../../src/systemd/status-text.ts";

function start() {
  const said: string[] = [];
  const connections = { hub: { isUp: false, forMs: 0 }, serial: { isUp: false, forMs: 0 } };
  const notifier: Notifier = {
    watchdogMs: undefined,
    ready: () => said.push("ready"),
    status: (text) => said.push(text.replace(/;.*/, "")),
    stopping: () => said.push("stopping"),
    reloading: () => said.push("reloading"),
    beat: () => said.push("beat"),
    idle: async () => {},
  };
  const systemd = keepSystemd({
    notifier,
    health: () => assert.fail("no watchdog"),
    status: (): StatusFacts => ({ ...connections, settled: new Map(), p99Ms: undefined, lastError: undefined }),
    log: { say: (_level, _key, text) => assert.fail(text) },
  });
  return { said, connections, systemd };
}

const up = { isUp: true, forMs: 0 };
const away = "hub away for 0 s, serial line away for 0 s";
const hubUp = "hub up for 0 s, serial line away for 0 s";
const bothUp = "hub up for 0 s, serial line up for 0 s";

test("ready is said once, when the hub is up; the serial line does not hold it back", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, connections, systemd } = start();
  connections.serial = up;
  systemd.connectionChanged();
  assert.deepEqual(said, []);
  connections.serial = { isUp: false, forMs: 0 };
  connections.hub = up;
  systemd.connectionChanged();
  assert.deepEqual(said, [hubUp, "ready"]);
  connections.hub = { isUp: false, forMs: 0 };
  systemd.connectionChanged();
  t.mock.timers.tick(1000);
  connections.hub = up;
  systemd.connectionChanged();
  t.mock.timers.tick(1000);
  assert.deepEqual(said, [hubUp, "ready", away, hubUp]);
});

test("a cable that comes and goes is one status a second", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, connections, systemd } = start();
  connections.hub = up;
  systemd.connectionChanged();
  for (let i = 0; i < 99; i++) {
    connections.serial = { isUp: i % 2 === 0, forMs: 0 };
    systemd.connectionChanged();
    t.mock.timers.tick(10);
  }
  t.mock.timers.tick(1000);
  assert.deepEqual(said, [hubUp, "ready", bothUp]);
});

test("the status is said every minute, and nothing after stopping", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, systemd } = start();
  t.mock.timers.tick(60_000);
  systemd.connectionChanged();
  systemd.stopping();
  t.mock.timers.tick(600_000);
  assert.deepEqual(said, [away, "stopping"]);
});
