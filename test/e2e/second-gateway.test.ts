/** A second gateway for a device on the same machine: it says who serves the device and ends, and takes nothing away. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openWorld, type World } from "../observe/world.ts";

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
      assert.equal((await world.call(`${config} ${count}`)).outcome, "answered");
    }
    assert.equal(await second.ended, 69);
    assert.match(second.stderr(), held(world.daemon.pid));
    assert.doesNotMatch(second.stderr(), /session: up|link: .* is open/);
  }
  assert.doesNotMatch(world.daemon.stderr(), /(session|link): lost/);
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
  assert.equal((await world.call("as before")).outcome, "answered");

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
