// The bench: one broker, one load generator, and as many MCUs and gateways as a measurement asks for.
//
//     load ── broker ── gateway ── tty ── MCU        every box a process of its own
import type { ChildProcess } from "node:child_process";
import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { stringify } from "yaml";
import type { McuControl } from "../../src/lab/mcu/control.ts";
import type { McuCounts } from "../../src/lab/mcu/counts.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { type Peer, startPeer, startProgram, stopChild } from "./children.ts";
import type { LoadRequest, LoadResult } from "./load-process.ts";
import type { McuReady, McuRequest } from "./mcu-process.ts";
import { type Usage, usageOf } from "./usage.ts";

export const contestants = ["ours", "plain"] as const;
export type Contestant = (typeof contestants)[number];

/** What a load needs besides the device it goes to. `Omit` on each member of the union. */
export type Load = LoadRequest extends infer One ? (One extends unknown ? Omit<One, "device" | "qos"> : never) : never;

/** A gateway that runs, with an MCU of its own. */
export interface Gateway {
  usage(): Usage;
  load(load: Load): Promise<LoadResult>;
  mcu(...controls: McuControl[]): Promise<McuCounts>;
  stop(): Promise<void>;
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
  /** @param sections of the configuration besides `hub`, of which it takes the port, too */
  startDaemon(deviceName: string, sections: object, port?: number): Daemon;
  startMcu(options: VirtualMcuOptions): Promise<Mcu>;
  /** Resolves at once: what follows from `load` on shows when the gateway is ready. */
  startGateway(contestant: Contestant, mcu: Mcu, qos?: 0 | 1): Gateway;
  /** Starts a gateway and says how long its first response took, in ms. */
  timeStart(contestant: Contestant, mcu: Mcu, qos?: 0 | 1): Promise<{ gateway: Gateway; firstResponseMs: number }>;
  close(): Promise<void>;
}

/** As in the systemd unit; docs/benchmarks.md says what it brings. */
export const nodeOptions = ["--v8-pool-size=1"];

export const productId = "ABCDEFGH12";
const daemon = join(import.meta.dirname, "../../dist/bin/rrpc-gateway.cjs");
const plainBridge = join(import.meta.dirname, "plain-bridge.mjs");

/** Longer than any gateway takes to start, or to answer. */
const firstResponseLimitMs = 10_000;
/** Fine enough to tell starts apart, and no load: an exchange takes 7 ms at 115200 baud. */
const knockEveryMs = 5;

export async function openBench(): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-benchmark-"));
  chmodSync(folder, 0o755); // mosquitto reads its configuration as its own user.
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  const broker = await startBroker(folder);
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const { peer: load } = await startPeer<LoadRequest, LoadResult>("./load-process.ts", { url });
  const running: ChildProcess[] = [];
  let deviceNumber = 0;

  function start(name: string, args: readonly string[]): ChildProcess {
    const child = startProgram(process.execPath, args, logFile(name));
    running.push(child);
    return child;
  }

  const logFile = (name: string) => join(folder, `${name}.log`);

  function daemonArgs(name: string, sections: object, hub: { port: number; qos: 0 | 1 }): string[] {
    return [...nodeOptions, daemon, "run", "--config", writeConfig(folder, name, sections, hub)];
  }

  function startGateway(contestant: Contestant, mcu: Mcu, qos: 0 | 1 = 0): Gateway {
    const name = `${contestant}${++deviceNumber}`;
    const device = `${productId}/${name}`;
    const child =
      contestant === "plain"
        ? start(name, [plainBridge, url, device, mcu.path, String(qos)])
        : start(name, daemonArgs(name, { serial: { path: mcu.path } }, { port: broker.port, qos }));
    return {
      usage: () => usageOf(pidOf(child)),
      load: (wanted) => load.ask({ ...wanted, device, qos }, loadLimitMs(wanted)),
      mcu: (...controls) => mcu.peer.ask({ controls }),
      stop: () => stopChild(child),
    };
  }

  async function timeStart(contestant: Contestant, mcu: Mcu, qos: 0 | 1 = 0) {
    const startedAtMs = Number(process.hrtime.bigint()) / 1e6;
    const gateway = startGateway(contestant, mcu, qos);
    const { firstResponseAtMs } = await gateway.load({
      kind: "knock",
      everyMs: knockEveryMs,
      waitMs: firstResponseLimitMs,
    });
    if (Number.isNaN(firstResponseAtMs)) {
      const log = readFileSync(logFile(`${contestant}${deviceNumber}`), "utf8");
      throw new Error(`${contestant} never answered; its log:\n${log}`);
    }
    // What it has been sent and has not answered yet is out of the way before anything else is measured.
    await gateway.load({ kind: "in_turn", count: 1, waitMs: firstResponseLimitMs });
    return { gateway, firstResponseMs: firstResponseAtMs - startedAtMs };
  }

  return {
    brokerName: broker.name,
    brokerPort: broker.port,
    folder,
    startDaemon(deviceName, sections, port = broker.port) {
      const child = start(deviceName, daemonArgs(deviceName, sections, { port, qos: 0 }));
      return {
        usage: () => usageOf(pidOf(child)),
        log: () => readFileSync(logFile(deviceName), "utf8"),
        stop: () => stopChild(child),
      };
    },
    startGateway,
    timeStart,
    async startMcu(options) {
      const { peer, ready } = await startPeer<McuRequest, McuCounts>("./mcu-process.ts", options);
      running.push(peer.child);
      return { path: (ready as McuReady).path, peer };
    },
    async close() {
      for (const child of [...running, load.child, broker.child]) await stopChild(child);
    },
  };
}

function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error("it did not start");
  return pid;
}

function writeConfig(folder: string, name: string, sections: object, hubOptions: { port: number; qos: 0 | 1 }): string {
  const secret = join(folder, "device-secret");
  writeFileSync(secret, "MDEyMzQ1Njc4OWFiY2RlZg==\n", { mode: 0o600 });
  const device = { productId, deviceName: name, deviceSecretFile: secret };
  const hub = { ...device, transport: "tcp", host: "127.0.0.1", ...hubOptions };
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ hub, ...sections }));
  return file;
}

/** A generous bound on how long a load may take, that of each request included. */
function loadLimitMs(load: Load): number {
  switch (load.kind) {
    case "knock":
      return 2 * load.waitMs;
    case "at_rate":
      return (2000 * load.count) / load.perSecond + 2 * load.waitMs;
    case "in_turn":
      return load.count * 60 + 2 * load.waitMs;
    case "at_once":
      return 2 * load.waitMs;
    default:
      return load satisfies never;
  }
}

interface Broker {
  readonly name: string;
  readonly port: number;
  readonly child: ChildProcess;
}

async function startBroker(folder: string): Promise<Broker> {
  const mosquitto = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin"]
    .map((path) => join(path, "mosquitto"))
    .find(isExecutable);
  if (mosquitto === undefined) {
    const { peer, ready } = await startPeer("./aedes-process.ts", {});
    return { name: "aedes", port: (ready as { port: number }).port, child: peer.child };
  }
  const port = await freePort();
  const file = join(folder, "mosquitto.conf");
  const lines = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous true",
    "persistence false",
    // Without it the broker waits for its peers' delayed ACKs, and that is what would be measured.
    "set_tcp_nodelay true",
    // A burst goes through whole: what is dropped is to be a gateway's doing.
    "max_queued_messages 0",
    "max_inflight_messages 0",
  ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  const child = startProgram(mosquitto, ["-c", file], join(folder, "mosquitto.log"));
  await untilListening(port);
  return { name: "mosquitto", port, child };
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isListening = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
      socket.on("connect", () => socket.destroy());
    });
    if (isListening) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the broker does not listen");
}
