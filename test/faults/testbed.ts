import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TlsOptions } from "node:tls";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { startDaemon } from "../support/daemon.ts";
import { createMosquitto, freePort, type MosquittoProcess } from "../support/mosquitto.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { type Caller, startCaller } from "./caller.ts";
import { device, subDevices } from "./device.ts";
import { createGateway, type Gateway } from "./gateway.ts";
import { account, type Figures } from "./ledger.ts";
import { type Neighbour, neighbourRatePerS, startNeighbours, startOperations } from "./neighbour.ts";
import { type Network, openNetwork, type Way } from "./network.ts";
import { openSlowNetwork, type SlowNetworkOptions } from "./slow-network.ts";
import { startTap, type Tap } from "./tap.ts";
import { createTrace } from "./trace.ts";
import { type Execution, type Outage, replyTo, type TrafficEvent } from "./traffic.ts";

/** What a row needs of its surroundings. */
export interface TestbedOptions {
  readonly mcu?: Omit<VirtualMcuOptions, "link" | "observe" | "reply">;
  /** What the configuration file says beyond the necessary. */
  readonly config?: {
    readonly [section in "hub" | "serial" | "rrpc" | "events" | "monitor" | "metrics" | "remote" | "log"]?: Readonly<
      Record<string, unknown>
    >;
  };
  /** The gateway connects over TLS, and the tap has this certificate. */
  readonly tls?: TlsOptions;
  /** Added to the gateway's environment. */
  readonly env?: Readonly<Record<string, string>>;
  readonly launch?: typeof startDaemon;
  /** The gateway reaches the broker by a network of its own instead of the tap, and its process is what is watched. */
  readonly network?: boolean | SlowNetworkOptions;
  /** Three boards more are behind the gateway, each asked under the same processIDs; the board of the row is one of four. */
  readonly neighbours?: boolean;
  /** Done before the gateway starts. */
  readonly before?: (testbed: Testbed) => Promise<void> | void;
}

/** Everything that a fault can reach, and everything that is seen. */
export interface Testbed {
  readonly folder: string;
  readonly broker: MosquittoProcess;
  /** Of 127.0.0.1, past the tap. */
  readonly brokerPort: number;
  /** mosquitto's configuration without its listener; `SIGHUP` or a new start brings a change into force. */
  configureBroker(lines: readonly string[]): void;
  readonly tap: Tap;
  readonly network: Network | undefined;
  /** What the gateway got and gave. */
  readonly traffic: readonly TrafficEvent[];
  readonly caller: Caller;
  readonly gateway: Gateway;
  readonly mcu: VirtualMcu;
  /** The other boards behind the gateway; most rows have none. */
  readonly neighbours: readonly Neighbour[];
  /** Every command that the MCU began to do. */
  readonly executions: readonly Execution[];
  /** Path of the tty as the gateway has it. */
  readonly link: string;
  readonly until: Watch["until"];
  /** Lets the fault last until so many more requests were due, by the row's rate. */
  lasts(requests: number): Promise<void>;
  /** Requests, and their responses, cannot get through while `during` goes on: whoever is lost then is excused. */
  outage<Result>(during: () => Promise<Result>): Promise<Result>;
  /** Waits for an ok response of each board to a request that is made from now on; settles to the time that took, in ms. */
  served(): Promise<number>;
  /** Makes requests at this rate from now on. */
  flow(ratePerS: number): void;
  /** Ends all requests and the gateway, and adds up what was seen: of the row's board, and of each neighbour. */
  finish(): Promise<{ readonly own: Figures; readonly ofNeighbours: readonly Figures[] }>;
  /** Ends whatever still runs. */
  close(): Promise<void>;
}

/** Made up; it opens nothing but what the tests start. */
const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

/** IoT Hub's, and the gateway's default. */
const cutoffMs = 4000;

/** Longer than the longest wait between two attempts to connect or to open the port, on a busy machine. */
const recoveryLimitMs = 90_000;

/** `onStart` is told of each process of the gateway that is started. */
export async function openTestbed(
  options: TestbedOptions,
  onStart: (pid: number) => void = () => {},
): Promise<Testbed> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-faults-"));
  const watch = createWatch();
  const executions: Execution[] = [];
  const outages: Outage[] = [];
  const link = join(folder, "mcu");
  const network = options.network === true ? await openNetwork(folder) : undefined;
  const slow = typeof options.network === "object" ? await openSlowNetwork(options.network) : undefined;
  const way: Way | undefined = network ?? slow;
  const brokerPort = await freePort();
  const brokerSocket = join(folder, "broker");
  const listeners = way
    ? [`listener ${way.port} ${way.listensOn}`, `listener 0 ${brokerSocket}`]
    : [`listener ${brokerPort} 127.0.0.1`];
  const configureBroker = (lines: readonly string[]) =>
    writeFileSync(join(folder, "mosquitto.conf"), `${[...brokerLines, ...listeners, ...lines].join("\n")}\n`);
  configureBroker(["allow_anonymous true"]);
  const broker = createMosquitto(folder, watch, way?.atHub);
  await broker.start();
  const behind = options.neighbours === true ? subDevices : [];
  const tap = await startTap(brokerPort, watch.changed, options.tls, behind);
  const trace = way ? createTrace(folder, way.port, watch.changed) : undefined;
  const { traffic } = trace ?? tap;
  const mcu = await startVirtualMcu({
    ...options.mcu,
    link,
    observe: watch.changed,
    reply(payload) {
      executions.push({ payload: payload.toString("latin1"), atMs: performance.now() });
      return replyTo(payload);
    },
  });
  const { env } = options;
  const through = way && trace ? [...way.atGateway, ...trace.through] : [];
  const launch: typeof startDaemon =
    options.launch ?? ((args, onStderr, env) => startDaemon(args, onStderr, env, through));
  const config = writeConfig(folder, way ?? { host: "localhost", port: tap.port }, link, options);
  const gateway = createGateway({ config, onStart, ...(env && { env }), launch }, watch);
  const brokerUrl = way ? `mqtt+unix://${brokerSocket}` : `mqtt://127.0.0.1:${brokerPort}`;
  const caller = startCaller(brokerUrl, watch.changed);
  const neighbours = options.neighbours ? await startNeighbours(folder, brokerUrl, tap, watch.changed) : [];
  const operations = options.neighbours ? await startOperations(brokerUrl, watch.changed) : undefined;
  let ratePerS = 0;

  const testbed: Testbed = {
    folder,
    broker,
    brokerPort,
    configureBroker,
    tap,
    network,
    traffic,
    caller,
    gateway,
    mcu,
    neighbours,
    executions,
    link,
    until: watch.until,
    lasts: (requests) => new Promise((resolve) => setTimeout(resolve, (requests / ratePerS) * 1000)),
    async outage(during) {
      const fromMs = performance.now();
      const outage = { fromMs, toMs: Number.POSITIVE_INFINITY };
      outages.push(outage);
      try {
        return await during();
      } finally {
        outage.toMs = performance.now();
      }
    },
    async served() {
      const each = [{ caller, traffic }, ...neighbours].map((board) => servedOf(board));
      return Math.max(...(await Promise.all(each)));
    },
    flow(wantedPerS) {
      ratePerS = wantedPerS;
      caller.flow(wantedPerS);
      for (const neighbour of neighbours) neighbour.caller.flow(neighbourRatePerS);
    },
    async finish() {
      const boards = [{ caller, traffic }, ...neighbours];
      for (const board of boards) board.caller.stop();
      await Promise.all(boards.map((board) => settled(board)));
      const exitCode = await gateway.end("SIGTERM");
      if (exitCode !== 0) throw new Error(`the gateway ended with ${exitCode}`);
      await watch.until("the end of the trace", () => trace?.hasEnded() ?? true);
      const evidence = { outages, startsAtMs: gateway.startsAtMs, cutoffMs };
      const own = account({ ...evidence, calls: caller.calls, traffic, executions });
      return { own, ofNeighbours: neighbours.map((neighbour) => neighbour.figures(evidence)) };
    },
    async close() {
      gateway.kill();
      await operations?.client.endAsync(true);
      const closed = neighbours.map((neighbour) => neighbour.close());
      await Promise.all([...closed, caller.close(), tap.close(), mcu.close(), broker.kill()]);
      trace?.close();
      await way?.close();
      rmSync(folder, { recursive: true });
    },
  };

  async function servedOf({ caller, traffic }: Pick<Testbed, "caller" | "traffic">): Promise<number> {
    const sinceMs = performance.now();
    let seen = traffic.length;
    const stale = new Set(caller.calls.map(({ processId }) => processId));
    const fresh = new Map<string, Buffer>();
    return await watch.until(
      "an ok response",
      () => {
        for (; seen < traffic.length; seen += 1) {
          const event = traffic[seen];
          if (event?.kind === "request" && !stale.has(event.processId)) {
            fresh.set(event.processId, replyTo(event.payload));
          }
          if (event?.kind !== "response") continue;
          if (fresh.get(event.processId)?.equals(event.payload)) return event.atMs - sinceMs;
        }
        return undefined;
      },
      recoveryLimitMs,
    );
  }

  /** Until the last request that was made has reached the gateway, and every one that has is answered; or the cutoff. */
  async function settled({ caller, traffic }: Pick<Testbed, "caller" | "traffic">): Promise<void> {
    const open = new Set<string>();
    let last: string | undefined;
    let seen = 0;
    const isSettled = () => {
      for (; seen < traffic.length; seen += 1) {
        const event = traffic[seen];
        if (event?.kind === "request") {
          last = event.processId;
          open.add(last);
        }
        if (event?.kind === "response") open.delete(event.processId);
      }
      return open.size === 0 && last === caller.calls.at(-1)?.processId;
    };
    const cutoff = new Promise((resolve) => setTimeout(resolve, cutoffMs));
    await Promise.race([cutoff, watch.until("the last response", isSettled)]);
  }

  await options.before?.(testbed);
  gateway.start();
  return testbed;
}

const brokerLines = ["user root", "log_type all", "log_dest stderr", "set_tcp_nodelay true"];

/** JSON is YAML. */
function writeConfig(
  folder: string,
  { host, port }: Pick<Way, "host" | "port">,
  path: string,
  { config = {}, tls, neighbours }: TestbedOptions,
): string {
  writeFileSync(join(folder, "device-secret"), deviceSecret, { mode: 0o600 });
  const hub = { ...device, deviceSecretFile: "device-secret", transport: tls ? "tls" : "tcp", host, port };
  const file = join(folder, "config.yaml");
  const { serial, events, ...others } = config;
  const own = { serial: { path, ...serial }, ...(events && { events }) };
  const behind = subDevices.map((device) => [
    device.deviceName,
    { device, serial: { path: join(folder, device.deviceName) } },
  ]);
  const boards = neighbours === true ? { boards: { own, ...Object.fromEntries(behind) } } : own;
  const sections = { ...others, hub: { ...hub, ...config.hub }, ...boards };
  writeFileSync(file, JSON.stringify(sections, undefined, 2));
  return file;
}
