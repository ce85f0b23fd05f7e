/** A start where another gateway on this machine has the device. */
import assert from "node:assert/strict";
import { after, type TestContext, test } from "node:test";
import { awaitIdentity } from "../../src/cli/await-identity.ts";
import { type Config, loadConfig } from "../../src/config/load.ts";
import { createIdentityHolder } from "../../src/daemon/identity.ts";
import type { Taking } from "../../src/runtime/identity-lock.ts";
import { CollapsingLog } from "../../src/runtime/log.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";
import { good, temporaryFolder } from "../config/folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const config = configOf(good);

function configOf(yaml: string): Config {
  const loaded = loadConfig(folder.write("c.yaml", yaml), {});
  assert.ok(loaded.kind === "loaded");
  return loaded.config;
}

const held: Taking = { kind: "held", pid: 77 };

function start(t: TestContext, { isManaged = true, taking = held, reread = (): Config | undefined => undefined } = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  let now = 0;
  const said: string[] = [];
  const lines: string[] = [];
  const holder = {
    taking,
    asked: [] as string[],
    kept: [] as string[],
    take: (): Promise<Taking> => Promise.resolve(holder.taking),
  };
  const notifier: Notifier = {
    isManaged,
    watchdogMs: 30_000,
    ready: () => said.push("ready"),
    status: (text) => said.push(text),
    stopping: () => said.push("stopping"),
    reloading: () => said.push("reloading"),
    beat: () => said.push("beat"),
    idle: async () => {},
  };
  const log = new CollapsingLog({ level: "info", journald: true, write: (line) => lines.push(line), now: () => now });
  const lock = {
    take({ deviceName }: { deviceName: string }) {
      holder.asked.push(deviceName);
      return holder.take();
    },
    keepOnly: ({ deviceName }: { deviceName: string }) => void holder.kept.push(deviceName),
  };
  const wait = awaitIdentity(config, { identity: createIdentityHolder(log, lock), reread, notifier, log });
  async function pass(ms: number): Promise<void> {
    for (let passedMs = 0; passedMs < ms; passedMs += 1000) {
      now += 1000;
      t.mock.timers.tick(1000);
      for (let turn = 0; turn < 6; turn++) await undefined;
    }
  }
  return { wait, said, lines, holder, pass };
}

test("a device that nobody has is taken at once, and systemd hears nothing of it", async (t) => {
  const { wait, said } = start(t, { taking: { kind: "taken" } });
  assert.deepEqual([await wait.ended, said], [{ kind: "taken", config }, []]);
});

test("whoever has started it by hand is told at once", async (t) => {
  const { wait, said, lines } = start(t, { isManaged: false });
  assert.deepEqual([await wait.ended, said], [{ kind: "held" }, []]);
  assert.match(lines.join(), /another gateway here serves it already, process 77/);
});

test("a service waits, ready and alive, says for whom, and serves within 3 s of the other one's end", async (t) => {
  const { wait, said, lines, holder, pass } = start(t);
  await pass(59_000);
  assert.equal(lines.length, 1, lines.join(""));
  assert.match(lines.join(), /process 77; waiting for its end\. `systemctl status 77` says what it is: stop it, or/);
  const status = "another gateway on this machine serves the device, process 77: waiting for its end";
  assert.deepEqual(said, ["ready", status, ...Array.from({ length: 4 }, () => "beat")]);
  holder.taking = { kind: "held", pid: 78 };
  await pass(3000);
  assert.match(said.join(), /process 78/);
  holder.taking = { kind: "taken" };
  await pass(3000);
  assert.deepEqual(await wait.ended, { kind: "taken", config });
  assert.match(lines.at(-1) ?? "", /the other gateway has let go of the device: this one serves it now/);
  said.length = 0;
  await pass(60_000);
  assert.deepEqual(said, []);
});

test("in a day of it at most 10 lines are written in 3 minutes, and 24 afterwards", async (t) => {
  const { lines, holder, pass } = start(t);
  const minute = 60_000;
  await pass(3 * minute);
  const early = lines.length;
  await pass(24 * 60 * minute);
  assert.ok(holder.asked.length > 28_000, `${holder.asked.length} tries`);
  assert.ok(early >= 1 && early <= 10, lines.join(""));
  assert.ok(lines.length - early <= 24, lines.join(""));
});

test("a reload takes the device that the configuration names now; a bad one changes nothing", async (t) => {
  const other = configOf(good.replace("deviceName: gateway01", "deviceName: spare"));
  const configs = [undefined, other];
  const { wait, holder, pass } = start(t, { reread: () => configs.shift() });
  await pass(1000);
  wait.reload();
  await pass(1000);
  wait.reload();
  await pass(1000);
  assert.deepEqual(holder.asked, ["gateway01", "gateway01", "spare"]);
  holder.taking = { kind: "taken" };
  await pass(3000);
  assert.deepEqual(await wait.ended, { kind: "taken", config: other });
});

test("a device that a reload names is served, and nobody is said to have ended", async (t) => {
  const other = configOf(good.replace("deviceName: gateway01", "deviceName: spare"));
  const { wait, lines, holder, pass } = start(t, { reread: () => other });
  await pass(1000);
  holder.taking = { kind: "taken" };
  wait.reload();
  assert.deepEqual(await wait.ended, { kind: "taken", config: other });
  assert.match(lines.at(-1) ?? "", /the configuration names another device now, spare of product/);
});

test("it ends at once when it is told to while nobody answers", async (t) => {
  const { wait, holder } = start(t);
  holder.take = () => new Promise(() => {});
  wait.reload();
  await undefined;
  wait.stop();
  assert.deepEqual(await wait.ended, { kind: "stopped" });
});

test("a reload amid a try is not lost, and what that one has taken is let go of", async (t) => {
  const other = configOf(good.replace("deviceName: gateway01", "deviceName: spare"));
  const { wait, holder } = start(t, { taking: { kind: "taken" }, reread: () => other });
  wait.reload();
  assert.deepEqual(await wait.ended, { kind: "taken", config: other });
  assert.deepEqual([holder.asked, holder.kept], [["gateway01", "spare"], ["spare"]]);
});

test("it ends when it is told to stop, also amid a try", async (t) => {
  for (const ms of [0, 1000]) {
    const { wait, pass } = start(t);
    await pass(ms);
    wait.stop();
    assert.deepEqual(await wait.ended, { kind: "stopped" });
    t.mock.timers.reset();
  }
});
