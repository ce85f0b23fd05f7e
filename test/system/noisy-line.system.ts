import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { startHub } from "../../src/lab/hub/hub.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startVirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { startDaemon } from "../support/daemon.ts";

/**
 * The built gateway over a line that loses 2 % of all lines and damages 2 % more, in each direction. The figures that
 * it prints stand in docs/line-protocol.md.
 */
const noise = { dropReceived: 0.02, dropSent: 0.02, garbleReceived: 0.02, garbleSent: 0.02 };
const device = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

interface Figures {
  okCount: number;
  readonly errors: Map<string, number>;
  readonly wrong: string[];
  readonly executedTwice: number;
}

/** Calls the device `count` times, `atOnce` at a time. */
async function callThroughNoise(
  mcuOptions: VirtualMcuOptions,
  count: number,
  atOnce: number,
  config: string,
): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "noisy-line-"));
  const link = join(folder, "tty");
  let subscribed = () => {};
  const isUp = new Promise<void>((resolve) => {
    subscribed = resolve;
  });
  const hub = await startHub({
    devices: [{ ...device, deviceSecret }],
    observe: (event) => {
      if (event.kind === "subscribed") subscribed();
    },
  });
  const mcu = await startVirtualMcu({ ...noise, ...mcuOptions, link, crc: true, seed: 7 });
  const file = join(folder, "config.yaml");
  writeFileSync(
    file,
    `hub: {productId: ${device.productId}, deviceName: ${device.deviceName}, deviceSecret: ${deviceSecret}, ` +
      `transport: tcp, host: 127.0.0.1, port: ${hub.mqttPort}}\nserial: {path: ${link}${config}}\n`,
  );
  const daemon = startDaemon(["run", "--config", file]);
  const figures = { okCount: 0, errors: new Map<string, number>(), wrong: [] as string[] };
  let next = 0;

  async function caller(): Promise<void> {
    while (next < count) {
      const request = `request ${next++}`;
      const result = await hub.call(device, request);
      if (result.kind === "failed") {
        figures.errors.set(result.code, (figures.errors.get(result.code) ?? 0) + 1);
        continue;
      }
      const answer = result.payload.toString();
      if (answer === request) figures.okCount += 1;
      else if (!answer.startsWith('{"error":')) figures.wrong.push(`${request}: ${answer}`);
      else {
        const { reason, executed } = JSON.parse(answer).error;
        figures.errors.set(
          `${reason}, executed ${executed}`,
          (figures.errors.get(`${reason}, executed ${executed}`) ?? 0) + 1,
        );
      }
    }
  }

  try {
    await isUp;
    await Promise.all(Array.from({ length: atOnce }, caller));
  } finally {
    daemon.signal("SIGTERM");
    await daemon.ended;
    await mcu.close();
    await hub.close();
    rmSync(folder, { recursive: true });
  }
  return { ...figures, executedTwice: mcu.counts().executedTwice };
}

test("with a memory in the MCU 10 000 requests come through the noise, and none is done twice", async (context) => {
  const count = 10_000;
  const figures = await callThroughNoise({ window: 2, dedup: 8 }, count, 4, "");
  context.diagnostic(`${figures.okCount} of ${count} ok, errors ${JSON.stringify([...figures.errors])}`);
  assert.deepEqual(figures.wrong, []);
  assert.equal(figures.executedTwice, 0);
  assert.ok(figures.okCount >= 0.999 * count, `${figures.okCount} ok`);
});

test("without it nothing is sent twice, and each loss is told as what it is", async (context) => {
  const count = 2000;
  // A deadline of half a second, so that the losses, of which each holds the line up, take a minute and not ten.
  const config = ", stalledAfter: 100, probeIntervalMs: 200}\nrrpc: {cutoffMs: 1000, marginMs: 500";
  const figures = await callThroughNoise({ window: 2 }, count, 2, config);
  context.diagnostic(`${figures.okCount} of ${count} ok, errors ${JSON.stringify([...figures.errors])}`);
  assert.deepEqual(figures.wrong, []);
  assert.equal(figures.executedTwice, 0);
  const honest = [...figures.errors].filter(
    ([name]) => name === "no_reply, executed unknown" || name.endsWith("executed no"),
  );
  assert.deepEqual([...figures.errors], honest);
  assert.ok(figures.okCount > 0.8 * count, `${figures.okCount} ok`);
});
