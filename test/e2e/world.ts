// The built gateway as a process, a broker as another, a virtual MCU on a real tty, and what is seen from outside.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, type TestContext, test } from "node:test";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startVirtualMcu, type VirtualMcu } from "../../src/lab/mcu/virtual-mcu.ts";
import { type Command as Program, startCommand } from "../support/command.ts";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import { startStarvationMeter, VoidPlays } from "../support/starvation/starvation.ts";
import { createWatch, type Watch } from "../support/watch.ts";
import { type Broker, type BrokerEnd, startBroker } from "./broker.ts";
import { deviceSecret, type Message, productId } from "./broker-messages.ts";
import { BrokenPromise, type Command, checkPromises, checkTimelessPromises, type Evidence } from "./oracle.ts";

/** What a test wants of its world. */
export interface WorldOptions {
  readonly mcu?: Omit<VirtualMcuOptions, "link" | "observe">;
  /** What the configuration file says beyond the necessary. */
  readonly config?: {
    readonly [section in "hub" | "serial" | "rrpc" | "log" | "control"]?: Readonly<Record<string, unknown>>;
  };
  /** Done before the gateway starts; then nobody waits until it is ready. */
  readonly before?: (surroundings: Surroundings) => Promise<void>;
  /** What the gateway's environment has beyond ours; asked after `before`. */
  readonly env?: (surroundings: Surroundings) => Readonly<Record<string, string>>;
  /** Requests that get no response although their session lives. */
  readonly unanswered?: readonly string[];
  /** What the gateway ends with, an exit code or a signal; 0 unless given. */
  readonly exitCode?: number | NodeJS.Signals;
}

/** What a gateway stands between. */
export interface Surroundings {
  readonly broker: BrokerEnd;
  readonly mcu: VirtualMcu;
  readonly folder: string;
}

/** Everything that a test can do and see; at its end {@link checkPromises} checks what was seen. */
export interface World extends Surroundings {
  readonly daemon: Daemon;
  /** The commands that the MCU has read. */
  readonly commands: readonly Command[];
  readonly until: Watch["until"];
  /** Publishes requests, one behind the other: the processID and the payload of each. */
  send(requests: readonly (readonly [string, string | Buffer])[], options?: SendOptions): Promise<void>;
  /** The response to a request, or its second, third … one. */
  response(processId: string, count?: number): Promise<Response>;
  /** One request and its response. */
  call(processId: string, payload: string | Buffer, options?: SendOptions): Promise<Response>;
  /** Waits until the log has it, from its beginning on. */
  log(pattern: RegExp): Promise<RegExpExecArray>;
  /** Starts `rrpc-gateway ARGS` beside the gateway; it ends with the test. */
  start(...args: readonly string[]): Program;
  /** Waits for the gateway's exit code. */
  exit(): Promise<number | string>;
}

type SendOptions = Partial<Pick<Message, "root" | "qos">>;

/** A response as the broker got it. */
export interface Response {
  readonly bytes: Buffer;
  readonly text: string;
  /** "code reason executed" of an error. */
  readonly error: string | undefined;
  /** Time since the last request with this processID, as the broker saw it. */
  readonly tookMs: number;
}

export type WorldTest = (name: string, options: WorldOptions, body: (world: World) => Promise<void>) => void;

/** Within `describe`: starts a broker for all its tests, and gives the function that declares them. */
export function worldTests(): WorldTest {
  let broker: Broker | undefined;
  const voidPlays = new VoidPlays();
  before(async () => {
    broker = await startBroker();
  });
  after(() => broker?.stop());
  return (name, options, body) => {
    test(name, async (t) => {
      assert.ok(broker);
      voidPlays.played();
      const starvation = startStarvationMeter();
      try {
        await play(t, broker, options, body, starvation.follow);
      } catch (error) {
        if (error instanceof BrokenPromise || !starvation.wasStarved()) throw error;
        t.diagnostic(`void: the machine kept the gateway waiting for ${starvation.worstMs()} ms within half a second`);
        if (!voidPlays.mayBeVoid()) throw new Error("the machine is too busy to test on", { cause: error });
        // What fails a second time fails by itself.
        await play(t, broker, options, body);
      } finally {
        await starvation.stop();
      }
    });
  };
}

/** Commands of which the broker knows nothing: those of local requests, and what a test that has the port says by hand. */
const notOfHub = /^(?:L[0-9a-z]{6}|hand)$/;

/** Plays it once; tells `onStart` of the gateway's process. */
async function play(
  t: TestContext,
  broker: Broker,
  options: WorldOptions,
  body: (world: World) => Promise<void>,
  onStart: (pid: number) => void = () => {},
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "rrpc-e2e-"));
  const watch = createWatch();
  const commands: Command[] = [];
  const end = broker.nextDevice(watch);
  const link = join(folder, "mcu");
  const mcu = await startVirtualMcu({
    ...options.mcu,
    link,
    observe(observation, atMs) {
      if (observation.kind === "received") {
        const line = observation.line.toString("latin1");
        const [, processId] = /^>([^ *]+)/.exec(line) ?? [];
        if (processId !== undefined) commands.push({ processId, line, atMs: performance.timeOrigin + atMs });
      }
      watch.changed();
    },
  });
  let daemon: Daemon | undefined;
  const programs: Program[] = [];
  const evidence = (): Evidence => ({
    traffic: end.traffic,
    commands: commands.filter(({ processId }) => !notOfHub.test(processId)),
    executedTwice: mcu.counts().executedTwice,
    cutoffMs: Number(options.config?.rrpc?.["cutoffMs"] ?? 4000),
    unanswered: options.unanswered ?? [],
    resends: (options.mcu?.dedup ?? 0) > 0,
    logLevel: String(options.config?.log?.["level"] ?? "info"),
    stderr: daemon?.stderr() ?? "",
  });
  try {
    await options.before?.({ broker: end, mcu, folder });
    const config = writeConfig(folder, end, link, options.config ?? {});
    daemon = startDaemon(["run", "--config", config], watch.changed, options.env?.({ broker: end, mcu, folder }));
    onStart(daemon.pid);
    const world = createWorld({ broker: end, mcu, folder }, daemon, commands, watch, programs);
    if (options.before === undefined) {
      await world.log(/session: up/);
      await world.log(/link: .* is open/);
    }
    await body(world);
    daemon.signal("SIGTERM");
    assert.equal(await world.exit(), options.exitCode ?? 0);
    await watch.until("the end of every session", () => count(end, "session_ended") === count(end, "connected"));
    checkPromises(evidence());
  } catch (error) {
    if (daemon !== undefined) checkTimelessPromises(evidence());
    t.diagnostic(`the gateway's log:\n${daemon?.stderr()}`);
    throw error;
  } finally {
    for (const one of [daemon, ...programs]) one?.signal("SIGKILL");
    await mcu.close();
    rmSync(folder, { recursive: true });
  }
}

function createWorld(
  surroundings: Surroundings,
  daemon: Daemon,
  commands: readonly Command[],
  watch: Watch,
  programs: Program[],
): World {
  const { broker } = surroundings;
  let exitCode: number | string | undefined;
  void daemon.ended.then((code) => {
    exitCode = code;
    watch.changed();
  });

  async function send(
    requests: readonly (readonly [string, string | Buffer])[],
    options: SendOptions = {},
  ): Promise<void> {
    const { root = "$rrpc/rxd", qos = 0 } = options;
    const messages = requests.map(([processId, payload]) => ({ root, processId, payload: Buffer.from(payload), qos }));
    await broker.order({ kind: "publish", messages });
  }

  async function response(processId: string, count = 1): Promise<Response> {
    const traffic = broker.traffic;
    const what = `response ${count} to ${processId}`;
    const found = await watch.until(what, () => {
      const responses = traffic.filter((event) => event.kind === "response" && event.processId === processId);
      return responses[count - 1];
    });
    assert.ok(found.kind === "response");
    const request = traffic.findLast((event) => event.kind === "request" && event.processId === processId);
    const bytes = found.payload;
    return { bytes, text: bytes.toString(), error: errorOf(bytes), tookMs: found.atMs - (request?.atMs ?? Number.NaN) };
  }

  return {
    ...surroundings,
    daemon,
    commands,
    until: watch.until,
    send,
    response,
    async call(processId, payload, options) {
      const before = broker.traffic.filter((event) => event.kind === "response" && event.processId === processId);
      await send([[processId, payload]], options);
      return await response(processId, before.length + 1);
    },
    async log(pattern) {
      return await watch.until(`${pattern} in the log`, () => pattern.exec(daemon.stderr()) ?? undefined);
    },
    start(...args) {
      const one = startCommand(args, watch.changed);
      programs.push(one);
      return one;
    },
    exit: () => watch.until("the gateway's end", () => exitCode),
  };
}

function errorOf(payload: Buffer): string | undefined {
  const text = payload.toString();
  if (!text.startsWith('{"error":')) return undefined;
  const { code, reason, executed } = JSON.parse(text).error;
  return `${code} ${reason} ${executed}`;
}

function count({ traffic }: BrokerEnd, kind: string): number {
  return traffic.filter((event) => event.kind === kind).length;
}

/** JSON is YAML. */
function writeConfig(folder: string, broker: BrokerEnd, path: string, config: WorldOptions["config"] = {}): string {
  const { host, port, deviceName } = broker;
  writeFileSync(join(folder, "device-secret"), deviceSecret, { mode: 0o600 });
  const hub = { productId, deviceName, deviceSecretFile: "device-secret", transport: "tcp", host, port };
  const file = join(folder, "config.yaml");
  const sections = { ...config, hub: { ...hub, ...config.hub }, serial: { path, ...config.serial } };
  writeFileSync(file, JSON.stringify(sections, undefined, 2));
  return file;
}
