// What the demo plays on: hub and MCU in this process, the daemon in its own; all of it is gone with the stage.
//
//   application ── HTTP ── hub ── MQTT ── daemon ── tty ── MCU
import { join } from "node:path";
import { type Daemon, startDaemon } from "../harness/daemon.ts";
import { madeUpDevice, temporaryFolder, writeConfig } from "../harness/gateway-files.ts";
import { createWaiter } from "../harness/waiter.ts";
import type { HubCounts } from "../hub/events.ts";
import { startHub } from "../hub/hub.ts";
import { startVirtualMcu, type VirtualMcu } from "../mcu/virtual-mcu.ts";
import { type Application, createApplication } from "./application.ts";

export interface Stage {
  readonly application: Application;
  readonly daemon: Daemon;
  readonly mcu: VirtualMcu;
  readonly apiPort: number;
  /** How long it took from the daemon's start until it was subscribed and had met its MCU. */
  readonly readyAfterMs: number;
  hubCounts(): HubCounts;
  /** Resolves when `condition` holds; rejects when it does not within 10 s, or the demo is interrupted. */
  until(what: string, condition: () => boolean): Promise<void>;
  /** Ends daemon, MCU and hub, and removes their files. */
  close(): Promise<void>;
}

export interface StageOptions {
  /** When this is aborted, calls and waits are given up. */
  readonly signal: AbortSignal;
  /** Gets the daemon's log lines as they come. */
  readonly onLogLine: (line: string) => void;
}

export const baudRate = 115_200;

/** IoT Hub's, by all SDK documents, and the daemon's default. */
export const cutoffMs = 4000;

/** What the MCU's firmware replies: it has a thermometer, and repeats what it does not know. */
export function replyTo(payload: string): string {
  return payload === "read temperature" ? "21.5 °C" : payload;
}

/** Sets the stage; what it has set already is gone again when it rejects. */
export async function openStage({ signal, onLogLine }: StageOptions): Promise<Stage> {
  const closers: (() => unknown)[] = [];
  const waiter = createWaiter(signal);

  async function close(): Promise<void> {
    for (const closeNext of closers.splice(0).reverse()) await closeNext();
  }

  async function open(): Promise<Stage> {
    const folder = temporaryFolder("rrpc-gateway-demo-");
    closers.push(folder.remove);
    const hub = await startHub({ devices: [madeUpDevice], cutoffMs, observe: waiter.look });
    closers.push(hub.close);
    const link = join(folder.path, "tty");
    const reply = (payload: Buffer) => replyTo(payload.toString());
    const mcu = await startVirtualMcu({ link, baudRate, reply, observe: waiter.look }).catch(sayWhatIsMissing);
    closers.push(mcu.close);
    // It has said hello by itself already, to nobody.
    const hellosBefore = mcu.counts().hellos;
    const startedAt = performance.now();
    const sections = { serial: { path: link, baudRate }, rrpc: { cutoffMs } };
    const daemon = startDaemon(writeConfig(folder.path, hub.mqttPort, sections), onLogLine, waiter.look);
    closers.push(daemon.kill);
    const until = (what: string, condition: () => boolean) =>
      waiter.until(what, condition, () => {
        const code = daemon.exitCode();
        return code === undefined ? undefined : `the gateway has ended with exit code ${code}`;
      });
    await until("the subscription at the hub", () => hub.counts().subscribed > 0);
    await until("a hello of the MCU", () => mcu.counts().hellos > hellosBefore);
    const readyAfterMs = performance.now() - startedAt;
    const application = createApplication(`http://127.0.0.1:${hub.apiPort}/`, madeUpDevice, signal);
    await application.connect();
    return {
      application,
      daemon,
      mcu,
      apiPort: hub.apiPort,
      readyAfterMs,
      hubCounts: hub.counts,
      until,
      close,
    };
  }

  return await open().catch(async (error) => {
    await close();
    throw error;
  });
}

function sayWhatIsMissing(error: NodeJS.ErrnoException): never {
  if (!error.syscall?.startsWith("spawn")) throw error;
  throw new Error(`a pseudo-terminal needs util-linux's script: ${error.message}`);
}
