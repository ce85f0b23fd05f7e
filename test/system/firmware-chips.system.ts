/**
 * The example firmware on other chips, beside the AVR: a Cortex-M and a RISC-V that QEMU emulates, and MicroPython. First bench judges
 * those of QEMU, then one built daemon serves all of them behind one session with the simulated hub. Needs `npm run build`, the cross compilers
 * and QEMU that .ci/run names, and mmdebstrap.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { assertConforms } from "../firmware/bench.ts";
import { buildExample } from "../firmware/build.ts";
import { startEmulator } from "../firmware/emulator-process.ts";
import { startMicropythonBoard } from "../firmware/micropython.ts";
import { type QemuBoard, startQemuBoard } from "../firmware/qemu-board.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

const gateway = { productId: "ABCDEFGH12", deviceName: "gateway01" };
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";
const boards = ["avr", "cortex-m", "risc-v", "micropython"] as const;
type Board = (typeof boards)[number];
const deviceOf = (board: Board) => ({ productId: "SUBPRODUCT", deviceName: board });

const folder = mkdtempSync(join(tmpdir(), "rrpc-firmware-chips-"));
const watch = createWatch();
/** What has been started, to be stopped in reverse, also where the start has failed half way. */
const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
let hub: Hub;
let chips: Readonly<Record<Board, { readonly tty: string }>> & {
  readonly "cortex-m": QemuBoard;
  readonly "risc-v": QemuBoard;
};
/** What was published on topics of its own, as `BOARD PAYLOAD`. */
const published: string[] = [];

function observe(event: HubEvent): void {
  const [, board] = event.kind === "published" ? (/^SUBPRODUCT\/(.*)\/event$/.exec(event.topic) ?? []) : [];
  if (event.kind === "published" && board !== undefined) published.push(`${board} ${event.payload}`);
  watch.changed();
}

async function started<One extends { stop(): Promise<unknown> }>(starting: Promise<One>): Promise<One> {
  const one = await starting;
  stops.push(() => one.stop());
  return one;
}

before(async () => {
  chips = {
    avr: await started(startEmulator("--hex", buildExample("rrpc_board", "rrpc_board.hex"))),
    "cortex-m": await started(startQemuBoard("stm32f1")),
    "risc-v": await started(startQemuBoard("fe310")),
    micropython: await started(startMicropythonBoard(2)),
  };
});

after(async () => {
  for (const stop of stops.reverse()) await stop();
});

// The emulated AVR has the speed of a real line, but not always of a real clock: its tests are in virtual time.
for (const board of ["cortex-m", "risc-v"] as const)
  test(`${board}: every rule that its hello claims passes`, { timeout: 120_000 }, () => assertConforms(chips[board]));

/** The payload of a call's response, and its processID. */
async function call(board: Board, payload: string): Promise<{ payload: string; id: string }> {
  const result = await hub.call(deviceOf(board), payload);
  assert.equal(result.kind, "answered", `${board}: ${payload}: ${JSON.stringify(result)}`);
  return { payload: result.kind === "answered" ? result.payload.toString() : "", id: result.processId };
}

const payloadOf = async (board: Board, payload: string) => (await call(board, payload)).payload;

function errorOf(response: string): string {
  const { error } = JSON.parse(response) as { error: { code: string; reason: string; executed: string } };
  return `${error.code} ${error.reason} ${error.executed}`;
}

async function startGateway(): Promise<Daemon> {
  hub = await startHub({
    devices: [{ ...gateway, deviceSecret }],
    subDevices: boards.map((board) => ({ ...deviceOf(board), deviceSecret, boundTo: gateway })),
    observe,
  });
  stops.push(() => hub.close());
  writeFileSync(join(folder, "secret"), deviceSecret, { mode: 0o600 });
  const config = {
    hub: { ...gateway, deviceSecretFile: "secret", transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
    events: { topic: "{productId}/{deviceName}/event" },
    boards: Object.fromEntries(
      boards.map((board) => [board, { device: deviceOf(board), serial: { path: chips[board].tty } }]),
    ),
  };
  writeFileSync(join(folder, "config.yaml"), JSON.stringify(config, undefined, 2));
  const daemon = startDaemon(["run", "--config", join(folder, "config.yaml")], watch.changed);
  stops.push(async () => {
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0);
  });
  for (const board of boards) {
    await watch.until(`${board} to serve`, () => new RegExp(`${board}: mcu: .*window`).test(daemon.stderr()));
    await watch.until(`${board} to be online`, () => hub.console.isOnline(deviceOf(board)));
  }
  return daemon;
}

test("behind one session each of them answers as the pages say", { timeout: 120_000 }, async (t) => {
  const daemon = await startGateway();
  await Promise.all(
    boards.map(async (board) => {
      assert.equal(await payloadOf(board, "led on"), "on", board);
      assert.equal(errorOf(await payloadOf(board, "led dim")), "failed_precondition refused no", board);
      assert.equal(await payloadOf(board, '{"text":"grün\n\\"}'), '{"text":"grün\n\\"}', board);
      for (let count = 1; count <= 10; count++) assert.match(await payloadOf(board, "count"), /^[1-9]\d*$/, board);
      assert.equal(await payloadOf(board, "wait 50"), "waited", board);
    }),
  );

  await t.test("a job is accepted within the cutoff, and its end is published as an event", async () => {
    await Promise.all(
      boards.map(async (board) => {
        const { payload, id } = await call(board, "pump 6000");
        assert.equal(payload, `${id} running`, board);
        assert.equal(await payloadOf(board, `job ${id}`), `${id} running`, board);
        assert.equal(errorOf(await payloadOf(board, "pump 1")), "failed_precondition refused no", board);
        const event = `${board} ${JSON.stringify({ event: "job", payload: `${id} done` })}`;
        await watch.until(event, () => published.includes(event));
        assert.equal(await payloadOf(board, `job ${id}`), `${id} done`, board);
      }),
    );
    assert.equal(published.length, boards.length, published.join());
  });

  await t.test("a reset of the Cortex-M is noticed, and its job is over", async () => {
    const { id } = await call("cortex-m", "pump 30000");
    const open = call("cortex-m", "wait 3000");
    assert.equal(await payloadOf("cortex-m", "begun"), "begun");
    await chips["cortex-m"].reset();
    assert.equal(errorOf((await open).payload), "aborted mcu_reset unknown");
    assert.match(await payloadOf("cortex-m", `job ${id}`), /unknown_job/);
    assert.match(daemon.stderr(), /cortex-m: .*restart/);
    assert.equal(await payloadOf("risc-v", "still here"), "still here");
  });
});
