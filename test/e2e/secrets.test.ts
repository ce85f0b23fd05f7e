/** Where the secret is not: whoever may look at the process from outside, or at what it says, does not find it. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { openWorld } from "../observe/world.ts";

const secret = "MDEyMzQ1Njc4OWFiY2RlZg==";

test("the secret is in no argument, no environment, no log, no dump and no metric, however much is asked for", async (t) => {
  const world = await openWorld(t, { config: { log: { level: "debug" }, metrics: { port: 0 } } });
  const { daemon, hub, call, config, start, log, until } = world;
  const monitor = start("monitor", "--config", config, "--payloads", "--json");
  await until("the monitor", () => monitor.stdout().includes('"kind":"link"'));
  await call("seen", "1");
  await until("the call at the monitor", () => monitor.stdout().includes("seen"));
  hub.kick({ productId: "ABCDEFGH12", deviceName: "gateway01" });
  await log(/session: lost after/);
  await log(/session: up.*session: up/s);
  daemon.signal("SIGUSR2");
  await log(/flight recorder \(SIGUSR2\)/);
  const dump = start("dump", "--config", config);
  assert.equal(await dump.ended, 0);
  const [, port] = await log(/metrics: 127\.0\.0\.1: listening on port (\d+)/);
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const check = start("check", "--config", config);
  assert.equal(await check.ended, 0);
  const seen = {
    arguments: readFileSync(`/proc/${daemon.pid}/cmdline`, "latin1"),
    environment: readFileSync(`/proc/${daemon.pid}/environ`, "latin1"),
    log: daemon.stderr(),
    monitor: monitor.stdout(),
    dump: dump.stdout(),
    metrics,
    check: check.stdout() + check.stderr(),
  };
  // Neither as it stands in the configuration nor as the key that it is, and no signature that it has made.
  for (const [where, text] of Object.entries(seen)) {
    assert.ok(text.length > 50, `${where}: ${text}`);
    assert.ok(!text.includes(secret) && !text.includes("0123456789abcdef"), where);
    assert.doesNotMatch(text, /[0-9a-f]{64}|;hmac/, where);
  }
});
