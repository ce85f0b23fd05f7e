/** While a session ends: what waits on it is not executed, for its answer would reach nobody. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { request } from "../iot-hub/device.ts";
import { startScripted, thenScript } from "../mqtt/raw-broker.ts";
import { startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

test("a reload ends the session: what waits is not executed, though the hub is slow to close it", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-ending-"));
  const watch = createWatch();
  const lines: string[] = [];
  let session: Duplex | undefined;
  // It reads neither UNSUBSCRIBE nor DISCONNECT, and so leaves both to their limits, a second each; in the second one
  // the MCU becomes free.
  const { host, port } = await startScripted(
    t,
    thenScript((type, _packet, socket) => {
      if (type !== "subscribe") return;
      session = socket.pause();
      watch.changed();
    }),
  );
  const mcu = await startVirtualMcu({
    link: join(folder, "mcu"),
    window: 1,
    observe(observation) {
      if (observation.kind === "received") lines.push(observation.line.toString("latin1"));
      watch.changed();
    },
  });
  const file = join(folder, "config.yaml");
  const identity = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };
  const endpoint = { ...identity, transport: "tcp", host, port };
  writeFileSync(file, JSON.stringify({ hub: endpoint, serial: { path: mcu.path } }));
  const daemon = startDaemon(["run", "--config", file], watch.changed);
  t.after(async () => {
    daemon.signal("SIGKILL");
    await mcu.close();
    rmSync(folder, { recursive: true });
  });

  const log = (pattern: RegExp) => watch.until(`${pattern}`, () => pattern.test(daemon.stderr()) || undefined);
  const hub = await watch.until("session and MCU", () => (mcu.counts().probes > 0 ? session : undefined));
  hub.write(request("1", "slow 1500"));
  hub.write(request("2", "waits"));
  await watch.until("the first command at the MCU", () => mcu.counts().commands === 1 || undefined);
  writeFileSync(file, readFileSync(file, "utf8").replace('"transport"', '"keepaliveS":60,"transport"'));
  daemon.signal("SIGHUP");
  await log(/dropped session_gone of request 2 \(not executed\)/);
  await log(/dropped session_gone of request 1 \(no response\)/);
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0);
  assert.deepEqual(
    lines.filter((line) => line.startsWith(">")),
    [">1 slow 1500"],
  );
});
