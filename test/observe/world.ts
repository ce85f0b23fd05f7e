// The gateway as a process, the simulated hub and a virtual MCU around it, and those who watch it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import type { CallResult } from "../../src/lab/hub/calls.ts";
import { type Hub, startHub } from "../../src/lab/hub/hub.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { jsonLine, type Order, type SocketMessage } from "../../src/observe/socket-protocol.ts";
import { createWatch, type Watch } from "../support/watch.ts";

const device = { productId: "ABCDEFGH12", deviceName: "gateway01", deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==" };

export interface WorldOptions {
  readonly mcu?: VirtualMcuOptions;
  /** Sections of the configuration file beyond hub and the serial line's path. */
  readonly config?: object;
  readonly serial?: object;
  /** A module that the gateway's process runs first. */
  readonly preload?: string;
}

/** A program of ours that runs, and what it has said so far. */
export interface Program {
  readonly pid: number;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly signal: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<number | NodeJS.Signals>;
}

export interface World {
  readonly folder: string;
  readonly config: string;
  /** `monitor.socket` of the configuration. */
  readonly socket: string;
  readonly hub: Hub;
  readonly mcu: VirtualMcu;
  readonly daemon: Program;
  readonly until: Watch["until"];
  readonly call: (payload: string | Buffer, processId?: string) => Promise<CallResult>;
  /** Starts `rrpc-gateway ARGS`, which ends with the test. */
  readonly start: (...args: readonly string[]) => Program;
  /** Waits until the gateway's log has it. */
  readonly log: (pattern: RegExp) => Promise<RegExpExecArray>;
  /** Writes the configuration anew, these sections otherwise. */
  readonly rewrite: (config: object) => void;
}

/** Sets up a world and waits until the gateway is subscribed and has met its MCU. All of it ends with the test. */
export async function openWorld(t: TestContext, options: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-watch-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const watch = createWatch();
  const hub = await startHub({ devices: [device], observe: watch.changed });
  t.after(() => hub.close());
  const tty = join(folder, "tty");
  const mcu = await startVirtualMcu({ ...options.mcu, link: tty, observe: watch.changed });
  t.after(() => mcu.close());
  const [config, socket] = [join(folder, "config.yaml"), join(folder, "monitor.sock")];

  function rewrite(sections: object): void {
    const file = {
      hub: { ...device, transport: "tcp", host: "127.0.0.1", port: hub.mqttPort },
      serial: { path: tty, ...options.serial },
      monitor: { socket },
      ...options.config,
      ...sections,
    };
    // JSON is YAML.
    writeFileSync(config, JSON.stringify(file, undefined, 2), { mode: 0o600 });
  }

  function start(...args: readonly string[]): Program {
    const program = startProgram(args, watch.changed, args[0] === "run" ? options.preload : undefined);
    t.after(async () => {
      program.signal("SIGKILL");
      await program.ended;
    });
    return program;
  }

  rewrite({});
  const daemon = start("run", "--config", config);
  const log = (pattern: RegExp) =>
    watch.until(`${pattern} in the log:\n${daemon.stderr()}`, () => pattern.exec(daemon.stderr()) ?? undefined);
  await log(/session: up/);
  await log(/mcu: /);
  const call: World["call"] = (payload, processId) =>
    hub.call(device, payload, processId === undefined ? {} : { processId });
  return { folder, config, socket, hub, mcu, daemon, until: watch.until, call, start, log, rewrite };
}

function startProgram(args: readonly string[], changed: () => void, preload: string | undefined): Program {
  const main = join(import.meta.dirname, "../../src/main.ts");
  const first = preload === undefined ? [] : ["--import", `data:text/javascript,${encodeURIComponent(preload)}`];
  const node = ["--import", "tsx", ...first, main, ...args];
  const child = spawn(process.execPath, node, { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      changed();
    });
  }
  const ended = once(child, "close").then(([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals);
  return {
    pid: child.pid ?? -1,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    signal: (signal) => child.kill(signal),
    ended,
  };
}

/** A reader that speaks to the socket itself. */
export interface RawReader {
  readonly socket: Socket;
  readonly answers: readonly SocketMessage[];
}

/** Connects, gives the order, and reads as long as the test lasts, or until `socket.pause()`. */
export async function readRaw(t: TestContext, path: string, order: Order, changed: () => void): Promise<RawReader> {
  const socket = connect(path);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  const answers: SocketMessage[] = [];
  let rest = "";
  socket.setEncoding("utf8").on("data", (text: string) => {
    const lines = `${rest}${text}`.split("\n");
    rest = lines.pop() ?? "";
    answers.push(...lines.map((line) => JSON.parse(line) as SocketMessage));
    changed();
  });
  socket.on("close", changed);
  socket.write(jsonLine(order));
  return { socket, answers };
}
