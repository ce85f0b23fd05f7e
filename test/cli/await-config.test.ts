/** A start where what the configuration names is not there yet. */
import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { after, type TestContext, test } from "node:test";
import { awaitConfig } from "../../src/cli/await-config.ts";
import { loadConfig } from "../../src/config/load.ts";
import type { Notifier } from "../../src/systemd/notifier.ts";
import { good, temporaryFolder } from "../config/folder.ts";

const folder = temporaryFolder();
after(folder.remove);

const byCredential = good.replace("deviceSecretFile: device-secret", "deviceSecretCredential: pump");

function start(t: TestContext, yaml: string, env: NodeJS.ProcessEnv = {}) {
  t.mock.timers.enable({ apis: ["setTimeout", "setInterval"] });
  const said: string[] = [];
  const told: string[] = [];
  const status: string[] = [];
  const notifier: Notifier = {
    isManaged: true,
    watchdogMs: 30_000,
    ready: () => said.push("ready"),
    status: (text) => {
      said.push("status");
      status.push(text);
    },
    stopping: () => said.push("stopping"),
    reloading: () => said.push("reloading"),
    beat: () => said.push("beat"),
    idle: async () => {},
  };
  const file = folder.write("c.yaml", yaml);
  const credential = { isWorthRestart: false };
  const wait = awaitConfig({
    load: () => loadConfig(file, env),
    credentialSource: () => ({ isWorthRestart: () => credential.isWorthRestart }),
    notifier,
    tell: (level, line) => told.push(`${level} ${line}`),
  });
  return { said, told, status, credential, wait, kind: async () => (await wait.ended).kind };
}

test("a good configuration is taken at once, and systemd hears nothing of it", async (t) => {
  const { kind, said, told } = start(t, good);
  assert.equal(await kind(), "config");
  assert.deepEqual([said, told], [[], []]);
});

test("a configuration that is wrong in itself ends the start, whatever else is missing", async (t) => {
  rmSync(join(folder.path, "hub-ca.pem"));
  t.after(folder.restore);
  const { kind, said } = start(t, good.replace("productId: ABCDEFGH12", "productId: ABC"));
  assert.equal(await kind(), "wrong");
  assert.deepEqual(said, []);
});

for (const [name, break_] of [
  ["is missing", () => rmSync(join(folder.path, "hub-ca.pem"))],
  ["is half-written", () => folder.write("hub-ca.pem", "-----BEGIN CERTIFICATE-----\nMII")],
] as const)
  test(`a CA file that ${name} is waited for, told once, and taken when it is whole`, async (t) => {
    break_();
    t.after(folder.restore);
    const { kind, said, told, status } = start(t, good);
    assert.deepEqual(said, ["ready", "status", "beat"]);
    assert.match(
      status[0] ?? "",
      /^waiting for what the configuration names \(hub\.caFile\): .*: expected a .*, found /,
    );
    assert.match(told[0] ?? "", /^error .*hub\.caFile: expected a readable certificate/);
    assert.match(told[1] ?? "", /^error waiting for .*\(hub\.caFile\): looking again every 5 s$/);
    assert.equal(told.length, 2);
    for (let second = 0; second < 60; second += 5) t.mock.timers.tick(5000);
    assert.equal(told.length, 2);
    assert.equal(said.filter((word) => word === "beat").length, 5);
    folder.restore();
    t.mock.timers.tick(5000);
    assert.equal(await kind(), "config");
  });

for (const [name, spoil] of [
  ["half-saved", () => folder.write("c.yaml", "hub: [")],
  ["deleted", () => rmSync(join(folder.path, "c.yaml"))],
] as const)
  test(`a configuration that is ${name} during the wait is told, and waited for as well`, async (t) => {
    rmSync(join(folder.path, "device-secret"));
    t.after(folder.restore);
    const { kind, told, status } = start(t, good);
    const before = told.length;
    spoil();
    t.mock.timers.tick(60_000);
    assert.match(told[before] ?? "", /^error .*c\.yaml:1:\d+: /);
    assert.equal(told.at(-1), "error waiting for a good configuration: looking again every 5 s");
    assert.match(status.at(-1) ?? "", /^waiting for a good configuration: .*c\.yaml:1:/);
    folder.write("c.yaml", good);
    t.mock.timers.tick(5000);
    assert.match(told.at(-1) ?? "", /\(hub\.deviceSecretFile\)/);
    folder.restore();
    t.mock.timers.tick(5000);
    assert.equal(await kind(), "config");
  });

test("a credential that has come restarts no service whose configuration is wrong just now", async (t) => {
  folder.write("pump", "\n");
  const { kind, credential } = start(t, byCredential, { CREDENTIALS_DIRECTORY: folder.path });
  folder.write("c.yaml", "hub: [");
  credential.isWorthRestart = true;
  let isOver = false;
  void kind().then(() => {
    isOver = true;
  });
  t.mock.timers.tick(60_000);
  for (let turn = 0; turn < 6; turn++) await undefined;
  assert.equal(isOver, false);
  folder.write("c.yaml", byCredential);
  t.mock.timers.tick(5000);
  assert.equal(await kind(), "restart");
});

test("what is still missing is told again at growing intervals, in the end four times a day", (t) => {
  rmSync(join(folder.path, "device-secret"));
  t.after(folder.restore);
  const { told, wait } = start(t, good);
  const counts: number[] = [];
  for (let hour = 1; hour <= 72; hour++) {
    t.mock.timers.tick(3_600_000);
    if (hour % 24 === 0) counts.push(told.length);
  }
  const [first = 0, second = 0, third = 0] = counts;
  assert.ok(first >= 2 * 6 && first <= 2 * 10, `${counts}`);
  assert.deepEqual([second - first, third - second], [8, 8]);
  wait.again();
  assert.equal(told.length, third + 2, "asked for, it is told at once");
  wait.stop();
});

test("a secret that comes is looked for at once when it is asked to", async (t) => {
  rmSync(join(folder.path, "device-secret"));
  t.after(folder.restore);
  const { kind, wait } = start(t, good);
  folder.restore();
  wait.again();
  assert.equal(await kind(), "config");
});

test("a credential of systemd's that is empty asks for another start when its source has come, and for none before", async (t) => {
  folder.write("pump", "\n");
  const { kind, told, credential } = start(t, byCredential, { CREDENTIALS_DIRECTORY: folder.path });
  assert.match(told[0] ?? "", /found a text of 0 characters$/);
  t.mock.timers.tick(540_000);
  assert.equal(told.length, 2);
  credential.isWorthRestart = true;
  t.mock.timers.tick(5000);
  assert.equal(await kind(), "restart");
  assert.match(told[2] ?? "", /credential pump only when the service starts: ending, to be started again$/);
});

test("a CA file that comes needs no other start, whatever comes of a credential that is good", async (t) => {
  folder.write("pump", "MDEyMzQ1Njc4OWFiY2RlZg==\n");
  rmSync(join(folder.path, "hub-ca.pem"));
  t.after(folder.restore);
  const { kind, credential } = start(t, byCredential, { CREDENTIALS_DIRECTORY: folder.path });
  credential.isWorthRestart = true;
  t.mock.timers.tick(60_000);
  folder.restore();
  t.mock.timers.tick(5000);
  assert.equal(await kind(), "config");
});

test("without any credentials the unit is wrong, and no file can help", async (t) => {
  const { kind } = start(t, good.replace("deviceSecretFile: device-secret", "deviceSecretCredential: pump"));
  assert.equal(await kind(), "wrong");
});

test("it ends when it is told to stop", async (t) => {
  folder.write("device-secret", "");
  t.after(folder.restore);
  const { kind, wait } = start(t, good);
  wait.stop();
  assert.equal(await kind(), "stopped");
});
