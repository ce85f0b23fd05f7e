/** Whether the gateway is well, as container engines ask it. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openWorld, type World } from "../observe/world.ts";

/** What `rrpc-gateway health` says of the gateway with this configuration, and its exit code. */
async function health({ start }: World, config: string, ...more: readonly string[]) {
  const program = start("health", "--config", config, ...more);
  const exitCode = await program.ended;
  return { exitCode, said: `${program.stdout()}${program.stderr()}` };
}

test("a gateway that serves is well, one without hub and MCU is too and says so, and one that is gone is not", async (t) => {
  const world = await openWorld(t);
  const serving = await health(world, world.config);
  assert.equal(serving.exitCode, 0, serving.said);
  assert.match(serving.said, /^healthy: hub up for .*, serial line up for .*; 0 requests, 0 errors\n$/);

  await world.hub.close();
  await world.mcu.close();
  await world.log(/session: lost/);
  await world.log(/link: lost/);
  const alone = await health(world, world.config);
  assert.equal(alone.exitCode, 0, alone.said);
  assert.match(alone.said, /^healthy: hub away for .*, serial line away for /);

  world.daemon.signal("SIGTERM");
  await world.daemon.ended;
  const gone = await health(world, world.config);
  assert.equal(gone.exitCode, 69);
  assert.match(
    gone.said,
    /^unhealthy: no gateway with .*config\.yaml answers, in this container or on this machine; rrpc-gateway doctor --config .*config\.yaml finds what keeps it from running\n$/,
  );
});

test("status shows the same gateway on one screen, and as JSON", async (t) => {
  const world = await openWorld(t);
  await world.hub.call({ productId: "ABCDEFGH12", deviceName: "gateway01" }, "hello");
  const ask = async (...more: readonly string[]) => {
    const program = world.start("status", "--config", world.config, ...more);
    const exitCode = await program.ended;
    return { exitCode, stdout: program.stdout(), stderr: program.stderr() };
  };
  const shown = await ask();
  assert.equal(shown.exitCode, 0, shown.stderr);
  assert.match(
    shown.stdout,
    /^rrpc-gateway \S+ on Node\.js \S+, up for \d+ s\n\nhub {4}up for \d+ s\nboard {2}serves, serial line up/,
  );
  assert.match(shown.stdout, /^ {7}1 request in the last hour, 0 errors, p99 /m);
  const { isHealthy, status } = JSON.parse((await ask("--json")).stdout);
  assert.equal(isHealthy, true);
  assert.deepEqual(status.boards[0].lastHour, { ok: 1 });

  await world.mcu.close();
  await world.log(/link: lost/);
  const ill = await ask();
  assert.equal(ill.exitCode, 0, "a board that is away does not count");
  assert.match(ill.stdout, /Look next\n {2}rrpc-gateway doctor --config \S+config\.yaml\n$/);
  const nobody = world.start("status", "--config", `${world.config}.other`);
  assert.equal(await nobody.ended, 69);
  const noFile =
    /no gateway with .*\.other answers, in this container or on this machine; there is no such file here\n$/;
  assert.match(nobody.stderr(), noFile);
  const unhealthy = world.start("health", "--config", `${world.config}.other`);
  assert.equal(await unhealthy.ended, 69);
  assert.match(unhealthy.stderr(), noFile);
});

test("status --watch tells it again and again, until it is told to stop", { timeout: 60_000 }, async (t) => {
  const world = await openWorld(t);
  const program = world.start("status", "--config", world.config, "--watch", "--json");
  await world.until("two answers", () => program.stdout().split("\n").length > 2);
  program.signal("SIGTERM");
  assert.equal(await program.ended, 0);
});

test("a gateway that stands still is not well, and each answers for its own configuration", {
  timeout: 60_000,
}, async (t) => {
  const world = await openWorld(t);
  world.daemon.signal("SIGSTOP");
  const stopped = await health(world, world.config);
  assert.equal(stopped.exitCode, 69, stopped.said);
  world.daemon.signal("SIGCONT");
  assert.equal((await health(world, world.config)).exitCode, 0);
  assert.equal((await health(world, `${world.config}.other`)).exitCode, 69);
});

test("a gateway that waits for a secret is well: no new start would help", async (t) => {
  const world = await openWorld(t);
  const { hub, serial } = { hub: { productId: "ABCDEFGH12", deviceName: "waiting" }, serial: { path: "/dev/none" } };
  const secret = join(world.folder, "secret");
  const config = join(world.folder, "waiting.yaml");
  writeFileSync(config, JSON.stringify({ hub: { ...hub, deviceSecretFile: secret }, serial }), { mode: 0o600 });
  const waiting = world.start("run", "--config", config);
  await world.until("that it waits", () =>
    /waiting for what the configuration names \(hub\.deviceSecretFile\)/.test(waiting.stderr()),
  );
  const { exitCode, said } = await health(world, config);
  assert.equal(exitCode, 0, said);
  assert.match(said, /^healthy: waiting for what it needs for its start: see the log/);
  rmSync(config);
});

test("one that hangs is killed when it is told to, one that is well or just starts is not", {
  timeout: 60_000,
}, async (t) => {
  const world = await openWorld(t);
  const other = join(world.folder, "other.yaml");
  const sections = JSON.parse(readFileSync(world.config, "utf8"));
  writeFileSync(other, JSON.stringify({ ...sections, hub: { ...sections.hub, deviceName: "starting" } }), {
    mode: 0o600,
  });

  const early = health(world, other, "--kill-after", "30");
  const starting = world.start("run", "--config", other);
  const { exitCode, said } = await early;
  assert.equal(exitCode, 0, said);

  world.daemon.signal("SIGSTOP");
  const hung = await health(world, world.config, "--kill-after", "6");
  assert.equal(hung.exitCode, 69);
  assert.match(
    hung.said,
    new RegExp(`^process ${world.daemon.pid} has not been well for 6 s: it is killed, so that it is restarted$`, "m"),
  );
  assert.equal(await world.daemon.ended, "SIGKILL");
  assert.equal((await health(world, other)).exitCode, 0);
  assert.equal((await health(world, other, "--kill-after", "soon")).exitCode, 64);
  starting.signal("SIGTERM");
  assert.equal(await starting.ended, 0);
});
