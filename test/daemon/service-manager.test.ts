import assert from "node:assert/strict";
import { test } from "node:test";
import { superviseService } from "../../src/daemon/service-manager.ts";
import type { StatusFacts } from "../../src/observe/status-text.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";

function start() {
  const said: string[] = [];
  const connections = { hub: { isUp: false, forMs: 0 }, serial: { isUp: false, forMs: 0 } };
  const notifier: Notifier = {
    isManaged: true,
    watchdogMs: undefined,
    ready: () => said.push("ready"),
    status: (text) => said.push(text.replace(/;.*/, "")),
    stopping: () => said.push("stopping"),
    reloading: () => said.push("reloading"),
    beat: () => said.push("beat"),
    idle: async () => {},
  };
  const systemd = superviseService({
    notifier,
    health: () => assert.fail("no watchdog"),
    status: (): StatusFacts => ({
      hub: connections.hub,
      boards: [
        {
          name: "board",
          serial: connections.serial,
          mcuIncident: undefined,
          settled: new Map(),
          p99Ms: undefined,
          lastError: undefined,
        },
      ],
    }),
    log: { say: (_level, _key, text) => assert.fail(text) },
  });
  return { said, connections, systemd };
}

const up = { isUp: true, forMs: 0 };
const away = "hub away for 0 s, serial line away for 0 s";
const hubUp = "hub up for 0 s, serial line away for 0 s";
const bothUp = "hub up for 0 s, serial line up for 0 s";

test("ready is said at once, whatever is away, and once", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, connections, systemd } = start();
  assert.deepEqual(said, ["ready", away]);
  connections.hub = up;
  systemd.connectionChanged();
  t.mock.timers.tick(1000);
  connections.hub = { isUp: false, forMs: 0 };
  systemd.connectionChanged();
  t.mock.timers.tick(1000);
  assert.deepEqual(said, ["ready", away, hubUp, away]);
});

test("a reload is told from its begin to its end, also without a hub", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, systemd } = start();
  systemd.reloading();
  systemd.reloaded();
  assert.deepEqual(said, ["ready", away, "reloading", "ready"]);
});

test("a cable that comes and goes is one status a second", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, connections, systemd } = start();
  connections.hub = up;
  for (let i = 0; i < 99; i++) {
    connections.serial = { isUp: i % 2 === 0, forMs: 0 };
    systemd.connectionChanged();
    t.mock.timers.tick(10);
  }
  t.mock.timers.tick(1000);
  assert.deepEqual(said, ["ready", away, bothUp]);
});

test("the status is said every minute, and nothing after stopping", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const { said, systemd } = start();
  t.mock.timers.tick(60_000);
  systemd.connectionChanged();
  systemd.stopping();
  t.mock.timers.tick(600_000);
  assert.deepEqual(said, ["ready", away, away, "stopping"]);
});
