/** The built gateway with two boards, the built `rrpc-gateway page` that watches it, and a real browser. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { deviceSecret, productId } from "../e2e/broker-messages.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch } from "../support/watch.ts";

const gatewayDevice = { productId, deviceName: "gateway1" } as const;
const boardNames = ["pump", "valve"] as const;

export type BoardName = (typeof boardNames)[number];

const deviceOf = (board: BoardName) => ({ productId: "SUBPRODUCT", deviceName: board });

export interface PageWorld {
  readonly hub: Hub;
  readonly gateway: Daemon;
  readonly mcus: Readonly<Record<BoardName, VirtualMcu>>;
  /** Where the page is. */
  readonly url: string;
  call(board: BoardName, payload: string): Promise<string>;
  /** Starts the gateway again after it was ended. */
  startGateway(): Promise<Daemon>;
}

/** What `--token-file` names, where the page shows contents. */
export const token = "a-token-of-the-tests";

export async function startPageWorld(t: TestContext, { payloads = false } = {}): Promise<PageWorld> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-page-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const watch = createWatch();
  const hub = await startHub({
    devices: [{ ...gatewayDevice, deviceSecret }],
    subDevices: boardNames.map((board) => ({ ...deviceOf(board), deviceSecret, boundTo: gatewayDevice })),
    observe: watch.changed,
  });
  t.after(() => hub.close());
  const startMcu = async (board: BoardName) => {
    const mcu = await startVirtualMcu({ link: join(folder, board), baudRate: 115_200, observe: watch.changed });
    t.after(() => mcu.close());
    return mcu;
  };
  const mcus = { pump: await startMcu("pump"), valve: await startMcu("valve") };
  const file = join(folder, "config.yaml");
  const config = {
    hub: { ...gatewayDevice, deviceSecret, transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
    monitor: { socket: "monitor.sock" },
    boards: Object.fromEntries(
      boardNames.map((board) => [board, { device: deviceOf(board), serial: { path: board, baudRate: 115_200 } }]),
    ),
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
  const call = async (board: BoardName, payload: string) => {
    const result = await hub.call(deviceOf(board), payload);
    return result.kind === "failed" ? result.code : result.payload.toString();
  };

  async function startGateway(): Promise<Daemon> {
    const daemon = startDaemon(["run", "--config", file], watch.changed);
    t.after(async () => {
      daemon.signal("SIGKILL");
      await daemon.ended;
    });
    for (const board of boardNames)
      await watch.until(`${board} is online`, () => daemon.stderr().includes(`${board}: hub: online`), 40_000);
    return daemon;
  }

  const gateway = await startGateway();
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, token, { mode: 0o600 });
  const pageArgs = payloads ? ["--payloads", "--token-file", tokenFile] : [];
  const page = startDaemon(["page", "--config", file, "--port", "0", ...pageArgs], watch.changed, {}, [
    "sh",
    "-c",
    'exec "$@" 1>&2',
    "sh",
  ]);
  t.after(async () => {
    page.signal("SIGTERM");
    assert.equal(await page.ended, 0, page.stderr());
  });
  const url = await watch.until("the page's address", () => /http:\/\/\S+/.exec(page.stderr())?.[0]);
  return { hub, gateway, mcus, url, call, startGateway };
}
