/** The flight recorder in a gateway that runs: dumped by itself, by a signal, and by `rrpc-gateway dump`. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { openWorld } from "./world.ts";

test("what went before the first error of an episode is kept; the log has one line of it, and no contents of payloads", async (t) => {
  const { call, log, mcu, daemon, config, start, folder } = await openWorld(t, {
    config: { rrpc: { cutoffMs: 1000, marginMs: 0 } },
  });
  const before = readdirSync(folder).sort();
  await call("open sesame", "good");
  assert.doesNotMatch(daemon.stderr(), /flight recorder/);
  await mcu.control({ kind: "faults", change: { silence: true } });
  await call("close sesame", "bad");
  await call("close sesame", "worse");
  await log(/info +flight recorder: what went before this error is kept, rrpc-gateway dump shows it\n/);
  await mcu.control({ kind: "faults", change: { silence: false } });
  for (let n = 0; n < 100; n += 1) await call("close sesame", `later${n}`);
  const printed = start("dump", "--config", config);
  assert.equal(await printed.ended, 0);
  const lines = printed
    .stdout()
    .split("\n")
    .map((line) => line.slice("12:34:56.789 ".length));
  const of = (id: string) => lines.filter((line) => line.includes(id));
  assert.match(
    of("good").join("\n"),
    /^request {2}good, 11 bytes\nto mcu {3}>good \(18 bytes\)\nfrom mcu <good \(17 bytes\)\nresponse good, 11 bytes\ndebug {4}request good: ok after .*$/,
  );
  assert.match(
    of("bad").join("\n"),
    /^request {2}bad, 12 bytes\nto mcu {3}>bad .*\n(.*\n)*response bad, .*\nwarn {5}request bad: no_reply after .*$/,
  );
  assert.equal(lines.filter((line) => /^gap +\d+ that are not kept any more$/.test(line)).length, 1);
  assert.match(lines.join("\n"), /debug {4}request later99: ok/);
  assert.doesNotMatch(lines.join("\n"), /later0,/);
  daemon.signal("SIGTERM");
  await daemon.ended;
  assert.equal(daemon.stderr().match(/flight recorder/g)?.length, 1);
  assert.doesNotMatch(daemon.stderr() + printed.stdout(), /sesame/);
  assert.deepEqual(
    readdirSync(folder).sort(),
    before.filter((name) => name !== "monitor.sock"),
  );
});

test("SIGUSR2 dumps as often as it is sent; with log level debug there are contents", async (t) => {
  const { call, log, daemon } = await openWorld(t, { config: { log: { level: "debug" } } });
  await call("open sesame", "1");
  daemon.signal("SIGUSR2");
  await log(/flight recorder \(SIGUSR2\)[\s\S]*\| .* to mcu {3}>1 open sesame \(15 bytes\)/);
  await call("again", "2");
  daemon.signal("SIGUSR2");
  await log(/flight recorder \(SIGUSR2\)[\s\S]*flight recorder \(SIGUSR2\)[\s\S]*\| .* to mcu {3}>2 again/);
  assert.equal((await call("on it goes")).kind, "answered");
});

test("a bug ends the gateway, but not before it has said what went before", async (t) => {
  const preload = 'process.on("SIGWINCH", () => { throw new Error("a bug for the test"); });';
  const { call, daemon } = await openWorld(t, { preload });
  await call("on", "1");
  daemon.signal("SIGWINCH");
  assert.equal(await daemon.ended, 70);
  assert.match(
    daemon.stderr(),
    /bug: Error: a bug for the test[\s\S]*flight recorder \(a bug\)[\s\S]*\| .* request {2}1, 2 bytes\n/,
  );
});
