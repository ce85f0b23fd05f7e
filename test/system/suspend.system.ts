/** A machine that slept: the monotonic clock of the process did not count it, and deadlines have passed all the same. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { startDaemon } from "../support/daemon.ts";
import { createSuspension } from "../support/shims/suspend.ts";
import { createWatch } from "../support/watch.ts";

const device = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

/** Longer than a cutoff of 4 s by more than any delay of this machine. */
const sleepMs = 6000;

async function startWorld(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-suspend-"));
  const watch = createWatch();
  const events: HubEvent[] = [];
  const commands: string[] = [];
  const hub = await startHub({
    devices: [{ ...device, deviceSecret }],
    observe(event) {
      events.push(event);
      watch.changed();
    },
  });
  const mcu = await startVirtualMcu({
    link: join(folder, "tty"),
    window: 1,
    observe(observation) {
      if (observation.kind !== "received") return;
      const line = observation.line.toString("latin1");
      if (line.startsWith(">")) commands.push(line.replace(/^>\S+ /, "").replace(/\*[0-9A-F]{4}$/, ""));
      watch.changed();
    },
  });
  const config = join(folder, "config.yaml");
  const connection = { transport: "tcp", host: "127.0.0.1", port: hub.mqttPort };
  writeFileSync(
    config,
    JSON.stringify({ hub: { ...device, deviceSecret, ...connection }, serial: { path: mcu.path } }),
  );
  const machine = createSuspension(folder);
  const daemon = startDaemon(["run", "--config", config], watch.changed, machine.env);
  t.after(async () => {
    daemon.signal("SIGKILL");
    await daemon.ended;
    await mcu.close();
    await hub.close();
    rmSync(folder, { recursive: true });
  });
  await watch.until("a subscription", () => events.some(({ kind }) => kind === "subscribed"));
  await watch.until("the MCU's hello", () => daemon.stderr().includes("mcu:"));
  const answers = async (payload: string) => {
    const result = await hub.call(device, payload);
    assert.equal(result.kind, "answered", daemon.stderr());
    assert.equal(result.payload.toString(), payload);
  };
  return { hub, mcu, daemon, machine, watch, events, commands, answers };
}

test("what was asked before the machine slept, and while it did, is neither executed nor answered afterwards", async (t) => {
  const { hub, mcu, daemon, machine, watch, events, commands, answers } = await startWorld(t);
  await answers("before");
  // The first one is at the MCU, whose window is 1, so that the second waits in the gateway.
  const first = hub.call(device, "slow 1000");
  await watch.until("the first command at the MCU", () => commands.includes("slow 1000"));
  const waiting = hub.call(device, "waits");
  await watch.until(
    "the second request on its way",
    () => events.filter(({ kind }) => kind === "request").length === 3,
  );
  const { probes } = mcu.counts();
  let meanwhile: ReturnType<typeof hub.call> | undefined;
  await machine.suspend(daemon.pid, async () => {
    meanwhile = hub.call(device, "meanwhile");
    await sleep(sleepMs);
  });
  // The gateway writes again when it has read all that came; what is asked sooner cannot be told from that.
  await watch.until("a probe", () => mcu.counts().probes > probes);
  for (const call of [first, waiting, meanwhile]) assert.notEqual((await call)?.kind, "answered");
  await answers("after");
  assert.deepEqual(commands, ["before", "slow 1000", "after"]);
  const late = events.filter(({ kind }) => kind === "late_reply" || kind === "unknown_reply");
  assert.deepEqual(late, [], "nothing is published behind the deadline");
});

test("a request that is open when the machine falls asleep for a moment has that much less time", async (t) => {
  const { hub, daemon, machine, watch, commands } = await startWorld(t);
  const startedAt = performance.now();
  const call = hub.call(device, "slow 8000");
  await watch.until("the command at the MCU", () => commands.includes("slow 8000"));
  await machine.suspend(daemon.pid, () => sleep(2000));
  const result = await call;
  const tookMs = performance.now() - startedAt;
  // The error of the gateway's own, 100 ms before its deadline, is within the cutoff though the timer lost 2 s.
  assert.equal(result.kind, "answered", `${tookMs} ms`);
  assert.match(result.payload.toString(), /no_reply/);
  assert.ok(tookMs < 4000, `${tookMs} ms`);
});
