// The bench: one broker, one load generator, and as many MCUs and gateways as a measurement asks for.
//
//     load ── broker ── gateway ── tty ── MCU        every box a process of its own
import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { McuControl } from "../../src/lab/mcu/control.ts";
import type { McuCounts } from "../../src/lab/mcu/counts.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { type Bridge, type Builds, bridgeCommand, daemonCommand, deviceOf } from "./bridges.ts";
import { startBroker } from "./broker.ts";
import { type Peer, startPeer, startProgram, stopChild } from "./children.ts";
import type { LoadRequest, LoadResult } from "./load-process.ts";
import type { McuReady, McuRequest } from "./mcu-process.ts";
import { bundleLean } from "./peers/bundle-lean.ts";
import { openToolchain, type Toolchain } from "./peers/toolchain.ts";
import { type Usage, usageMeter } from "./usage.ts";

export const contestants = ["ours", "plain"] as const;
export type Contestant = (typeof contestants)[number];

/** What a load needs besides the device it goes to. `Omit` on each member of the union. */
export type Load = LoadRequest extends infer One ? (One extends unknown ? Omit<One, "device" | "qos"> : never) : never;

/** A bridge that runs, on a tty. */
export interface RunningBridge {
  readonly pid: number;
  usage(): Usage;
  load(load: Load): Promise<LoadResult>;
  log(): string;
  stop(): Promise<void>;
}

/** A bridge that runs, with an MCU of its own. */
export interface Gateway extends RunningBridge {
  mcu(...controls: McuControl[]): Promise<McuCounts>;
}

/** An MCU on a tty, to which one gateway after another may be put. */
export interface Mcu {
  readonly path: string;
  readonly peer: Peer<McuRequest, McuCounts>;
}

/** The daemon with a configuration of one's own. */
export interface Daemon {
  usage(): Usage;
  log(): string;
  stop(): Promise<void>;
}

export interface Bench {
  readonly brokerName: string;
  readonly brokerPort: number;
  /** For files that are there as long as the benchmark is. */
  readonly folder: string;
  /**
   * Where an MCU's tty is to be found. A bridge that outlives its benchmark, and has the tty's own path, would take the
   * bytes of whose tty has that number next.
   */
  newLink(): string;
  /** @param sections of the configuration besides `hub`, of which it takes the port, too */
  startDaemon(deviceName: string, sections: object, port?: number): Daemon;
  readonly toolchain: Toolchain;
  /** Starts a bridge at a tty and says how long the MCU's first reply through it took, in ms. */
  timeBridgeStart(bridge: Bridge, path: string): Promise<{ running: RunningBridge; firstReplyMs: number }>;
  startMcu(options: VirtualMcuOptions): Promise<Mcu>;
  /** Resolves at once: what follows from `load` on shows when the gateway is ready. */
  startGateway(contestant: Contestant, mcu: Mcu, qos?: 0 | 1): Gateway;
  /** Starts a gateway and says how long the MCU's first reply through it took, in ms. */
  timeStart(contestant: Contestant, mcu: Mcu, qos?: 0 | 1): Promise<{ gateway: Gateway; firstReplyMs: number }>;
  close(): Promise<void>;
}

/** Longer than any gateway takes to start, or to answer. */
const firstReplyLimitMs = 10_000;
/** Fine enough to tell starts apart, and no load: an exchange takes 7 ms at 115200 baud. */
const knockEveryMs = 5;

export async function openBench(builds: Builds): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-benchmark-"));
  chmodSync(folder, 0o755); // mosquitto reads its configuration as its own user.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const toolchain = openToolchain(folder);
  const places = { folder, builds, toolchain, lean: await bundleLean(folder) };
  const broker = await startBroker(folder);
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const { peer: load } = await startPeer<LoadRequest, LoadResult>("./load-process.ts", { url });
  const running: ChildProcess[] = [];
  let deviceNumber = 0;
  let linkNumber = 0;

  function start(name: string, command: string, args: readonly string[]): ChildProcess {
    const child = startProgram(command, args, logFile(name));
    running.push(child);
    return child;
  }

  const logFile = (name: string) => join(folder, `${name}.log`);

  function startBridge(bridge: Bridge, path: string, qos: 0 | 1 = 0): RunningBridge {
    const name = `${bridge}${++deviceNumber}`;
    const { command, args } = bridgeCommand(bridge, { name, brokerPort: broker.port, qos, path }, places);
    const child = start(name, command, args);
    return {
      pid: pidOf(child),
      usage: usageMeter(pidOf(child)),
      load: (wanted) => load.ask({ ...wanted, device: deviceOf(name), qos }, loadLimitMs(wanted)),
      log: () => readFileSync(logFile(name), "utf8"),
      stop: () => stopChild(child),
    };
  }

  async function timeBridgeStart(bridge: Bridge, path: string, qos: 0 | 1 = 0) {
    const startedAtMs = Number(process.hrtime.bigint()) / 1e6;
    const running = startBridge(bridge, path, qos);
    const knocks = { kind: "knock", everyMs: knockEveryMs, waitMs: firstReplyLimitMs } as const;
    const { firstReplyAtMs } = await running.load(knocks);
    if (Number.isNaN(firstReplyAtMs)) throw new Error(`${bridge} never answered; its log:\n${running.log()}`);
    // What it has been sent and has not answered yet is out of the way before anything else is measured.
    await running.load({ kind: "in_turn", count: 1, waitMs: firstReplyLimitMs });
    return { running, firstReplyMs: firstReplyAtMs - startedAtMs };
  }

  const withMcu = (running: RunningBridge, mcu: Mcu): Gateway => ({
    ...running,
    mcu: (...controls) => mcu.peer.ask({ controls }),
  });

  const bench: Bench = {
    brokerName: broker.name,
    brokerPort: broker.port,
    folder,
    newLink: () => join(folder, `tty${++linkNumber}`),
    toolchain,
    startDaemon(deviceName, sections, port = broker.port) {
      const { command, args } = daemonCommand(builds.ours, folder, deviceName, sections, { port, qos: 0 });
      const child = start(deviceName, command, args);
      return {
        usage: usageMeter(pidOf(child)),
        log: () => readFileSync(logFile(deviceName), "utf8"),
        stop: () => stopChild(child),
      };
    },
    timeBridgeStart,
    startGateway: (contestant, mcu, qos) => withMcu(startBridge(contestant, mcu.path, qos), mcu),
    async timeStart(contestant, mcu, qos) {
      const { running, firstReplyMs } = await timeBridgeStart(contestant, mcu.path, qos);
      return { gateway: withMcu(running, mcu), firstReplyMs };
    },
    async startMcu(options) {
      const link = bench.newLink();
      const { peer, ready } = await startPeer<McuRequest, McuCounts>("./mcu-process.ts", { ...options, link });
      running.push(peer.child);
      return { path: (ready as McuReady).path, peer };
    },
    async close() {
      for (const child of [...running, load.child, broker.child]) await stopChild(child);
    },
  };
  return bench;
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("it did not start");
  return pid;
}

/** A generous bound on how long a load may take, that of each request included. */
function loadLimitMs(load: Load): number {
  switch (load.kind) {
    case "knock":
      return 2 * load.waitMs;
    case "at_rate":
      return (2000 * load.count) / load.perSecond + 2 * load.waitMs;
    case "in_turn":
    case "in_flight":
      return load.count * 60 + 2 * load.waitMs;
    case "at_once":
      return 2 * load.waitMs;
    default:
      return load satisfies never;
  }
}
