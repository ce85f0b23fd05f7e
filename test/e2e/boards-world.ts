// The built gateway with several boards: the simulated hub, which knows its sub-devices, and a virtual MCU on a tty for each.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import type { HubEvent } from "../../src/lab/hub/events.ts";
import { type CallOptions, type Hub, startHub } from "../../src/lab/hub/hub.ts";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { type Command, startCommand } from "../support/command.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { deviceSecret, productId } from "./broker-messages.ts";

export const gatewayDevice = { productId, deviceName: "gateway1" } as const;

/** A sub-device, and the board that answers for it; its MCU answers `NAME:` and what it was told. */
export const subDevice = (deviceName: string) => ({ productId: "SUBPRODUCT", deviceName }) as const;

export type BoardName = "pump" | "valve";

export interface BoardsOptions {
  /** What the file says of each board beyond device and port. */
  readonly boards?: Partial<Record<BoardName, Readonly<Record<string, object>>>>;
  /** Sections of the file beyond the hub and the boards. */
  readonly file?: Readonly<Record<string, object>>;
  /** Sub-devices that the hub does not know to be bound. */
  readonly unbound?: readonly BoardName[];
  /** Done before the gateway starts. */
  readonly before?: (hub: Hub) => void;
  /** Which boards are to be served before the test begins; both unless given. */
  readonly served?: readonly BoardName[];
}

export interface BoardsWorld {
  /** The configuration file. */
  readonly file: string;
  readonly hub: Hub;
  readonly events: readonly HubEvent[];
  readonly daemon: Daemon;
  readonly mcus: Readonly<Record<BoardName, VirtualMcu>>;
  readonly until: Watch["until"];
  /** The MCU's reply, the error as "code reason executed", or the hub's code. */
  call(board: BoardName, payload: string, options?: CallOptions): Promise<string>;
  /** Calls until the board's MCU answers. */
  served(board: BoardName): Promise<void>;
  log(pattern: RegExp): Promise<RegExpExecArray>;
  /** Starts `rrpc-gateway ARGS` beside the gateway; it ends with the test. */
  start(...args: readonly string[]): Command;
  /** Gives the gateway another file, by SIGHUP, and waits until it has taken it. */
  reload(change: (boards: Record<string, object>) => Record<string, object>, sections?: object): Promise<void>;
}

const names: readonly BoardName[] = ["pump", "valve"];

export function boardsTest(name: string, options: BoardsOptions, body: (world: BoardsWorld) => Promise<void>): void {
  test(name, { timeout: 90_000 }, (t) => play(t, options, body));
}

async function play(t: TestContext, options: BoardsOptions, body: (world: BoardsWorld) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-boards-"));
  const watch = createWatch();
  const events: HubEvent[] = [];
  const bound = (board: BoardName) => (options.unbound?.includes(board) ? {} : { boundTo: gatewayDevice });
  const hub = await startHub({
    devices: [{ ...gatewayDevice, deviceSecret }],
    subDevices: names.map((board) => ({ ...subDevice(board), deviceSecret, ...bound(board) })),
    observe(event) {
      events.push(event);
      watch.changed();
    },
  });
  const startMcu = (board: BoardName) =>
    startVirtualMcu({ link: join(folder, board), reply: (payload) => `${board}:${payload}`, observe: watch.changed });
  const mcus = { pump: await startMcu("pump"), valve: await startMcu("valve") };
  const file = join(folder, "config.yaml");
  writeFileSync(join(folder, "device-secret"), deviceSecret, { mode: 0o600 });
  const boards = Object.fromEntries(
    names.map((board) => {
      const { device = {}, serial = {}, ...others } = options.boards?.[board] ?? {};
      return [board, { device: { ...subDevice(board), ...device }, serial: { path: board, ...serial }, ...others }];
    }),
  );
  const address = { transport: "tcp", host: "127.0.0.1", port: hub.mqttPort };
  const hubSection = { ...gatewayDevice, deviceSecretFile: "device-secret", ...address };
  writeFileSync(file, JSON.stringify({ hub: hubSection, boards, ...options.file }, undefined, 2));
  options.before?.(hub);
  const commands: Command[] = [];
  const daemon = startDaemon(["run", "--config", file], watch.changed);

  async function call(board: BoardName, payload: string, callOptions?: CallOptions): Promise<string> {
    const result = await hub.call(subDevice(board), payload, callOptions);
    if (result.kind === "failed") return result.code;
    const text = result.payload.toString();
    if (!text.startsWith('{"error":')) return text;
    const { code, reason, executed, board: name } = JSON.parse(text).error;
    assert.equal(name, board, "an error names its board");
    return `${code} ${reason} ${executed}`;
  }

  const world: BoardsWorld = {
    file,
    hub,
    events,
    daemon,
    mcus,
    until: watch.until,
    call,
    async served(board) {
      const boundAt = performance.now() + 30_000;
      for (;;) {
        const answer = await call(board, "?");
        assert.ok(performance.now() < boundAt, `${board} is not served: ${answer}`);
        if (answer === `${board}:?`) return;
        const [eventCount, logLength] = [events.length, daemon.stderr().length];
        await watch.until(
          `anything new, while ${board} is not served: ${answer}`,
          () => events.length > eventCount || daemon.stderr().length > logLength,
        );
      }
    },
    async log(pattern) {
      return await watch.until(`${pattern} in the log`, () => pattern.exec(daemon.stderr()) ?? undefined);
    },
    start(...args) {
      const command = startCommand(args, watch.changed);
      commands.push(command);
      return command;
    },
    async reload(change, sections = {}) {
      const from = daemon.stderr().length;
      const { boards: before, ...others } = JSON.parse(readFileSync(file, "utf8"));
      writeFileSync(file, JSON.stringify({ ...others, ...sections, boards: change(before) }, undefined, 2));
      daemon.signal("SIGHUP");
      await watch.until("the reload", () => daemon.stderr().includes("reload: ", from));
    },
  };
  try {
    for (const board of options.served ?? names) await world.served(board);
    await body(world);
    daemon.signal("SIGTERM");
    assert.equal(await daemon.ended, 0);
    assert.doesNotMatch(daemon.stderr(), / bug: |UnhandledPromise|Warning/);
    assert.ok(!daemon.stderr().includes(deviceSecret), "the log contains a secret");
    const strays = events.filter(({ kind }) => kind === "second_reply" || kind === "unknown_reply");
    assert.deepEqual(strays, [], "a reply that nobody waits for");
    const misbehaviour = events.filter(({ kind }) => kind === "violation" || kind === "bad_acknowledgement");
    assert.deepEqual(misbehaviour, []);
  } catch (error) {
    t.diagnostic(`the gateway's log:\n${daemon.stderr()}`);
    t.diagnostic(
      `the hub's last events:\n${events
        .slice(-30)
        .map((event) => JSON.stringify(event))
        .join("\n")}`,
    );
    throw error;
  } finally {
    for (const one of [daemon, ...commands]) one.signal("SIGKILL");
    await Promise.all([hub.close(), mcus.pump.close(), mcus.valve.close()]);
    rmSync(folder, { recursive: true });
  }
}
