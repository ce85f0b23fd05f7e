import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

/** Debian's libfaketime, by its multiarch folder; the loader fills in the machine. */
const faketime = "/usr/$LIB/faketime/libfaketimeMT.so.1";

const device = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

/**
 * A board without a battery-backed clock starts in 1970 and jumps to now when it has found a time server. The hub has
 * the real time, and checks the signature's expiry against it.
 */
test("a clock at 1970, a jump to now and one back do not stop service", async () => {
  const folder = mkdtempSync(join(tmpdir(), "clock-"));
  const clockFile = join(folder, "clock");
  const setClock = (time: string) => {
    writeFileSync(`${clockFile}.new`, `${time}\n`);
    renameSync(`${clockFile}.new`, clockFile);
  };
  const watch = createWatch();
  const events: HubEvent["kind"][] = [];
  const hub = await startHub({
    devices: [{ ...device, deviceSecret }],
    observe: ({ kind }) => {
      events.push(kind);
      watch.changed();
    },
  });
  const link = join(folder, "tty");
  const mcu = await startVirtualMcu({ link });
  const config = join(folder, "config.yaml");
  writeFileSync(
    config,
    `hub: {productId: ${device.productId}, deviceName: ${device.deviceName}, deviceSecret: ${deviceSecret}, ` +
      `transport: tcp, host: 127.0.0.1, port: ${hub.mqttPort}}\nserial: {path: ${link}}\n`,
  );
  setClock("1970-01-01 00:00:10");
  const daemon = startDaemon(["run", "--config", config], watch.changed, {
    LD_PRELOAD: faketime,
    FAKETIME_TIMESTAMP_FILE: clockFile,
    FAKETIME_NO_CACHE: "1",
    // As in the kernel: CLOCK_MONOTONIC does not jump with the wall clock.
    FAKETIME_DONT_FAKE_MONOTONIC: "1",
  });
  const answers = async (payload: string) => {
    const result = await hub.call(device, payload);
    assert.equal(result.kind, "answered", daemon.stderr());
    assert.equal(result.payload.toString(), payload);
  };

  try {
    await watch.until("a subscription", () => events.includes("subscribed"));
    await watch.until("the MCU's hello", () => daemon.stderr().includes("mcu:"));
    // The time in the log is that of the daemon's wall clock: the clock is really another.
    assert.match(daemon.stderr(), /^00:00:1\d\.\d+Z info/m);
    await answers("in 1970");
    setClock("2036-05-04 12:00:00");
    await answers("sixty years later");
    setClock("1999-12-31 23:59:59");
    await answers("and back");
    hub.kick(device);
    await watch.until("another subscription", () => events.filter((kind) => kind === "subscribed").length > 1);
    await answers("signed anew in 1999");
  } finally {
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0);
    await mcu.close();
    await hub.close();
    rmSync(folder, { recursive: true });
  }
});
