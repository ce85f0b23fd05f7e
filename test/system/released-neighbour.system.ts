/**
 * Two boards behind one USB hub, the built daemon, and a kernel's files of a hub that can switch its power: while one board is
 * released, the other one's recovery must not cut it off, whatever a reload does. Needs `npm run build`, and root or user namespaces.
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";
import { startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { startCommand } from "../support/command.ts";
import { startDaemon } from "../support/daemon.ts";
import { createSysfs, untilSwitched } from "../support/sysfs.ts";
import { createWatch } from "../support/watch.ts";

const gateway = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const deviceOf = (deviceName: string) => ({ productId: "SUBPRODUCT", deviceName });

/** Becomes the daemon, which sees the folder `$1` in place of the kernel's /sys. */
const withSysfs = `
  mount --bind "$1" /sys || exit 1
  shift
  exec "$@"`;

test("a released board keeps its power while its neighbour is recovered, also when a reload leaves it out", {
  timeout: 60_000,
}, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-neighbour-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const watch = createWatch();
  const names = ["pump", "valve"] as const;
  const hub = await startHub({
    devices: [{ ...gateway, deviceSecret }],
    subDevices: names.map((name) => ({ ...deviceOf(name), deviceSecret, boundTo: gateway })),
    observe: watch.changed,
  });
  t.after(() => hub.close());
  const sysfs = createSysfs(t);
  sysfs.addPort("1-1");
  const mcus = await Promise.all(
    names.map((name) => startVirtualMcu({ link: join(folder, name), observe: watch.changed })),
  );
  const [, valve] = mcus;
  assert.ok(valve);
  for (const [index, mcu] of mcus.entries()) {
    t.after(() => mcu.close());
    // Each behind a socket of the hub in 1-1. A pseudo-terminal's name is its number.
    const below = join(sysfs.root, `devices/1-1/1-1.${index + 1}/tty`);
    mkdirSync(below, { recursive: true });
    symlinkSync(below, join(sysfs.root, "class/tty", basename(mcu.tty)));
  }
  writeFileSync(join(folder, "secret"), deviceSecret, { mode: 0o600 });
  const file = join(folder, "config.yaml");
  const recovery = { reopen: "never", usbPower: "1-1", usbPowerOffMs: 1000 };
  const write = (...boards: readonly (typeof names)[number][]) =>
    writeFileSync(
      file,
      JSON.stringify(
        {
          hub: { ...gateway, deviceSecretFile: "secret", transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
          rrpc: { cutoffMs: 1000, marginMs: 200 },
          log: { level: "debug" },
          control: { socket: "control.sock" },
          serial: { stalledAfter: 1, probeIntervalMs: 100, helloWaitMs: 100 },
          boards: Object.fromEntries(
            boards.map((name) => [
              name,
              { device: deviceOf(name), serial: { path: name, ...(name === "valve" && { recovery }) } },
            ]),
          ),
        },
        undefined,
        2,
      ),
    );
  write(...names);
  const unshared = process.getuid?.() === 0 ? ["-m"] : ["-rm"];
  const through = ["unshare", ...unshared, "sh", "-c", withSysfs, "sh", sysfs.root];
  const daemon = startDaemon(["run", "--config", file], watch.changed, {}, through);
  t.after(() => daemon.signal("SIGKILL"));
  const log = (pattern: RegExp) =>
    watch.until(`${pattern} in the log`, () => pattern.exec(daemon.stderr()) ?? undefined);
  await log(/pump: mcu: /);
  await log(/valve: mcu: /);

  const flash = 'echo flashing; while [ -d "$1" ] && [ ! -e "$1/done" ]; do sleep 0.05; done';
  const command = ["sh", "-c", flash, "sh", folder];
  const release = startCommand(["release", "--config", file, "--board", "pump", "--", ...command], watch.changed);
  t.after(() => release.signal("SIGKILL"));
  await watch.until("the flash", () => /flashing/.test(release.stdout()));
  await valve.control({ kind: "faults", change: { silence: true } });
  void hub.call(deviceOf("valve"), "silent");
  await log(/USB socket 1-1 is not possible: board pump serves or is released, and has its power from the same socket/);

  write("valve");
  daemon.signal("SIGHUP");
  await watch.until("the word of it", () => /no longer has this board/.test(release.stderr()));
  await log(/USB socket 1-1 is not possible: \S+\/pump is released, and has its power from the same socket/);
  assert.equal(sysfs.isOff("1-1"), false);
  assert.doesNotMatch(daemon.stderr(), /power cycle of USB socket 1-1 (?!is not possible)/);

  // Nobody has it any more.
  const off = untilSwitched("off", sysfs, "1-1");
  writeFileSync(join(folder, "done"), "");
  assert.equal(await release.ended, 0);
  await off;
  await untilSwitched("on", sysfs, "1-1");
  daemon.signal("SIGTERM");
  assert.equal(await daemon.ended, 0);
  assert.doesNotMatch(readFileSync(sysfs.switchOf("1-1"), "utf8"), /1/);
});
