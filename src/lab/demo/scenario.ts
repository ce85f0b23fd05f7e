// What the demo runs in: hub and MCU in this process, the daemon in its own. Closing the scenario ends all of it.
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

export interface Scenario {
  readonly application: Application;
  readonly daemon: Daemon;
  readonly mcu: VirtualMcu;
  readonly apiPort: number;
  /** From the daemon's start until it was subscribed and had its MCU's hello. */
  readonly readyAfterMs: number;
  hubCounts(): HubCounts;
  /**
   * Resolves when `condition` holds. Rejects if it does not within 10 s, or if the demo is interrupted; `failure` says
   * what is wrong then.
   */
  until(failure: string, condition: () => boolean): Promise<void>;
  /** Ends daemon, MCU and hub, and removes their files. */
  close(): Promise<void>;
}

export interface ScenarioOptions {
  /** When it is aborted, calls and waits end. */
  readonly signal: AbortSignal;
  /** Gets each line of the daemon's log. */
  readonly onLogLine: (line: string) => void;
}

export const baudRate = 115_200;

/** IoT Hub's, according to all SDK documents, and the daemon's default. */
export const cutoffMs = 4000;

/** What the MCU's firmware replies: it has a thermometer, and echoes every other command. */
export function replyTo(payload: string): string {
  return payload === "read temperature" ? "21.5 °C" : payload;
}

/** Opens the scenario. If it rejects, nothing that it has started is left. */
export async function openScenario({ signal, onLogLine }: ScenarioOptions): Promise<Scenario> {
  const closers: (() => unknown)[] = [];
  const waiter = createWaiter(signal);

  async function close(): Promise<void> {
    for (const closeNext of closers.splice(0).reverse()) await closeNext();
  }

  async function open(): Promise<Scenario> {
    const folder = temporaryFolder("rrpc-gateway-demo-");
    closers.push(folder.remove);
    const hub = await startHub({ devices: [madeUpDevice], cutoffMs, observe: waiter.check });
    closers.push(hub.close);
    const link = join(folder.path, "tty");
    const reply = (payload: Buffer) => replyTo(payload.toString());
    const mcu = await startVirtualMcu({ link, baudRate, reply, observe: waiter.check }).catch(nameMissingProgram);
    closers.push(mcu.close);
    // It has sent a hello already, before anybody listened.
    const hellosBefore = mcu.counts().hellos;
    const startedAt = performance.now();
    const sections = { serial: { path: link, baudRate }, rrpc: { cutoffMs } };
    const configFile = writeConfig(folder.path, hub.mqttPort, sections);
    const daemon = startDaemon({ configFile, onLogLine, onEnd: waiter.check });
    closers.push(daemon.kill);
    const until = (failure: string, condition: () => boolean) => waiter.until(failure, condition, daemon.whyEnded);
    await until("no subscription at the hub", () => hub.counts().subscribed > 0);
    await until("no hello from the MCU", () => mcu.counts().hellos > hellosBefore);
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

function nameMissingProgram(error: NodeJS.ErrnoException): never {
  if (!error.syscall?.startsWith("spawn")) throw error;
  throw new Error(`a pseudo-terminal needs util-linux's script: ${error.message}`);
}
