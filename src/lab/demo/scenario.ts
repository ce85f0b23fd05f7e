// What the demo runs in: hub and MCUs in this process, the daemon in its own. Closing the scenario ends all of it.
//
//   application ── HTTP ── hub ── MQTT ── daemon ── tty ── MCU of the main board, which answers for the gateway's own device
//                                            └───── tty ── MCU of the lamp, a sub-device
import { join } from "node:path";
import { type Daemon, startDaemon } from "../harness/daemon.ts";
import { madeUpDevice, temporaryFolder, writeConfig } from "../harness/gateway-files.ts";
import { createWaiter } from "../harness/waiter.ts";
import type { HubCounts } from "../hub/events.ts";
import { startHub } from "../hub/hub.ts";
import { startVirtualMcu, type VirtualMcu } from "../mcu/virtual-mcu.ts";
import { type Application, createApplication } from "./application.ts";

/** A board, and the application that calls its device. */
export interface DemoBoard {
  readonly application: Application;
  readonly mcu: VirtualMcu;
}

/** Its own board is the main one, with which most steps are played. */
export interface Scenario extends DemoBoard {
  readonly lamp: DemoBoard;
  readonly daemon: Daemon;
  readonly apiPort: number;
  /** From the daemon's start until it was subscribed and had the hellos of both MCUs. */
  readonly readyAfterMs: number;
  hubCounts(): HubCounts;
  /**
   * Resolves when `condition` holds. Rejects if it does not within 10 s, or if the demo is interrupted; `failure` says
   * what is wrong then.
   */
  until(failure: string, condition: () => boolean): Promise<void>;
  /** Ends daemon, MCUs and hub, and removes their files. */
  close(): Promise<void>;
}

export interface ScenarioOptions {
  /** When it is aborted, calls and waits end. */
  readonly signal: AbortSignal;
  /** Gets each line of the daemon's log. */
  readonly onLogLine: (line: string) => void;
}

export const baudRate = 115_200;

/** The device for which the lamp answers. The secret is made up, and is needed by nobody: the lamp is bound already. */
const lampDevice = { ...madeUpDevice, productId: "SUBPRODUCT", deviceName: "lamp" };

/** IoT Hub's, according to all SDK documents, and the daemon's default. */
export const cutoffMs = 4000;

/** What the gateway subscribes: what the hub tells of sub-devices, and the requests of both devices. */
const subscriptions = 3;

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
    const subDevices = [{ ...lampDevice, boundTo: madeUpDevice }];
    const hub = await startHub({ devices: [madeUpDevice], subDevices, cutoffMs, observe: waiter.check });
    closers.push(hub.close);
    const links = { main: join(folder.path, "main"), lamp: join(folder.path, "lamp") };
    const reply = (payload: Buffer) => replyTo(payload.toString());
    const startMcu = async (link: string) => {
      const mcu = await startVirtualMcu({ link, baudRate, reply, observe: waiter.check }).catch(nameMissingProgram);
      closers.push(mcu.close);
      return mcu;
    };
    const mcus = [await startMcu(links.main), await startMcu(links.lamp)] as const;
    const [mcu, lampMcu] = mcus;
    // They have sent a hello already, before anybody listened.
    const hellosBefore = mcus.map((one) => one.counts().hellos);
    const startedAt = performance.now();
    const { productId, deviceName } = lampDevice;
    const boards = {
      main: { serial: { path: links.main } },
      lamp: { device: { productId, deviceName }, serial: { path: links.lamp } },
    };
    const sections = { serial: { baudRate }, rrpc: { cutoffMs }, boards };
    const configFile = writeConfig(folder.path, hub.mqttPort, sections);
    const daemon = startDaemon({ configFile, onLogLine, onEnd: waiter.check });
    closers.push(daemon.kill);
    const until = (failure: string, condition: () => boolean) => waiter.until(failure, condition, daemon.whyEnded);
    await until("no subscription at the hub", () => hub.counts().subscribed >= subscriptions);
    await until("no hello from an MCU", () => mcus.every((one, at) => one.counts().hellos > (hellosBefore[at] ?? 0)));
    const readyAfterMs = performance.now() - startedAt;
    const url = `http://127.0.0.1:${hub.apiPort}/`;
    const application = createApplication(url, madeUpDevice, signal);
    await application.connect();
    return {
      application,
      daemon,
      mcu,
      lamp: { application: createApplication(url, lampDevice, signal), mcu: lampMcu },
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
