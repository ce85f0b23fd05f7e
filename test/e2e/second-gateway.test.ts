/** A second gateway for a device on the same machine: it says who serves the device, and takes nothing away. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { openWorld, type Program, type World } from "../observe/world.ts";
import { fakeSystemdNotify } from "../systemd/fake-program.ts";

/** Another file with the same hub and device, and another port. */
function otherFile({ folder, config }: World, hub: object = {}): string {
  const file = JSON.parse(readFileSync(config, "utf8"));
  const path = join(folder, `${Object.values(hub).join()}-other.yaml`);
  const sections = { hub: { ...file.hub, ...hub }, serial: { path: join(folder, "other-tty") } };
  writeFileSync(path, JSON.stringify(sections), { mode: 0o600 });
  return path;
}

const held = (pid: number) => new RegExp(`another gateway here serves it already, process ${pid};`);

test("with the same file, or another one with the same device, it ends with 69, and no call is lost", async (t) => {
  const world = await openWorld(t);
  for (const config of [world.config, otherFile(world)]) {
    const second = world.start("run", "--config", config);
    let hasEnded = false;
    void second.ended.then(() => {
      hasEnded = true;
    });
    for (let count = 0; count < 20 || !hasEnded; count++) {
      assert.equal((await world.call(`${config} ${count}`)).kind, "answered");
    }
    assert.equal(await second.ended, 69);
    assert.match(second.stderr(), held(world.daemon.pid));
    assert.doesNotMatch(second.stderr(), /session: up|link: .* is open/);
  }
  assert.doesNotMatch(world.daemon.stderr(), /(session|link): lost/);
});

/** Starts it as systemd does, with signs of life each second. */
function startManaged(t: TestContext, world: World, config: string): Program & { told(): string[] } {
  let program: Program | undefined;
  // Before its systemd-notify is removed.
  t.after(async () => {
    program?.signal("SIGKILL");
    await program?.ended;
  });
  const notify = fakeSystemdNotify(t);
  Object.assign(process.env, { NOTIFY_SOCKET: "/run/systemd/notify", WATCHDOG_USEC: "2000000" });
  t.after(forget);
  function forget(): void {
    delete process.env["NOTIFY_SOCKET"];
    delete process.env["WATCHDOG_USEC"];
  }
  program = world.start("run", "--config", config);
  forget();
  return { ...program, told: notify.runs };
}

test("as a service it waits, ready, for the other one's end, and then serves; no call is lost meanwhile", async (t) => {
  const world = await openWorld(t);
  const second = startManaged(t, world, world.config);
  const waits = new RegExp(
    `--status=.*another gateway on this machine.* process ${world.daemon.pid}: waiting for its end`,
  );
  const beats = () => second.told().filter((run) => run === "WATCHDOG=1").length;
  for (let count = 0; count < 20 || beats() < 8; count++) {
    assert.equal((await world.call(`${count}`)).kind, "answered");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.match(second.told()[0] ?? "", /^--ready/);
  assert.match(second.told()[1] ?? "", waits);
  assert.equal(second.stderr().match(/another gateway here serves it already/g)?.length, 1, second.stderr());
  assert.doesNotMatch(second.stderr(), /session: up|link: .* is open/);

  world.daemon.signal("SIGTERM");
  assert.equal(await world.daemon.ended, 0);
  await world.until(
    "the second one's session and board",
    () => /session: up/.test(second.stderr()) && /mcu: /.test(second.stderr()),
  );
  assert.match(second.stderr(), /the other gateway has let go of the device: this one serves it now/);
  assert.equal((await world.call("to the second")).kind, "answered");
  second.signal("SIGTERM");
  assert.equal(await second.ended, 0, second.stderr());
});

test("as a service that waits it ends when it is told to, and a reload may name another device", async (t) => {
  const world = await openWorld(t);
  const config = otherFile(world);
  const [stopped, reloaded] = [startManaged(t, world, world.config), startManaged(t, world, config)];
  for (const { stderr } of [stopped, reloaded]) {
    await world.until("the wait", () => held(world.daemon.pid).test(stderr()));
  }
  stopped.signal("SIGTERM");
  assert.equal(await stopped.ended, 0);

  writeFileSync(config, readFileSync(config, "utf8").replace("gateway01", "spare"));
  reloaded.signal("SIGHUP");
  await world.until("the start of the other device", () => /device spare of product/.test(reloaded.stderr()));
  assert.equal((await world.call("as before")).kind, "answered");
});

test("after the first one is killed the next one starts", async (t) => {
  const world = await openWorld(t);
  world.daemon.signal("SIGKILL");
  assert.equal(await world.daemon.ended, "SIGKILL");
  const next = world.start("run", "--config", world.config);
  await world.until("its session", () => /session: up/.test(next.stderr()));
});

test("a reload takes the new device's identity and lets go of the old one; one that is another's changes nothing", async (t) => {
  const world = await openWorld(t);
  const hub = JSON.parse(readFileSync(world.config, "utf8")).hub;
  const spare = world.start("run", "--config", otherFile(world, { deviceName: "spare" }));
  await world.until("the spare gateway's start", () => /session: no connection/.test(spare.stderr()));

  world.rewrite({ hub: { ...hub, deviceName: "spare" } });
  world.daemon.signal("SIGHUP");
  await world.log(held(spare.pid));
  await world.log(/SIGHUP: the new configuration's device is another gateway's, the old one stays/);
  assert.equal((await world.call("as before")).kind, "answered");

  world.rewrite({ hub: { ...hub, deviceName: "another" } });
  world.daemon.signal("SIGHUP");
  await world.log(/device another of product/);
  const [first, another] = ["gateway01", "another"].map((deviceName) =>
    world.start("run", "--config", otherFile(world, { deviceName })),
  );
  assert.equal(await another?.ended, 69);
  assert.match(another?.stderr() ?? "", held(world.daemon.pid));
  await world.until("the first device's session", () => /session: up/.test(first?.stderr() ?? ""));
});

test("a first one that stands still for a while keeps its device, and goes on serving it", {
  timeout: 60_000,
}, async (t) => {
  const world = await openWorld(t);
  const second = startManaged(t, world, world.config);
  await world.until("the wait", () => held(world.daemon.pid).test(second.stderr()));
  world.daemon.signal("SIGSTOP");
  // Started while nobody can tell it who has the device.
  const third = startManaged(t, world, world.config);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  world.daemon.signal("SIGCONT");
  await world.until("the third one's wait", () => held(world.daemon.pid).test(third.stderr()));
  for (const { stderr } of [second, third]) assert.doesNotMatch(stderr(), /not locked|let go of|session: up/);
  assert.equal((await world.call("as before")).kind, "answered");
});
