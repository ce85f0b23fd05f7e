// One daemon with many boards, beside daemons with one board each. Every daemon is a process of its own; the MCUs share two processes,
// because one for each would cost more than what is measured.
import { join } from "node:path";
import type { McuControl } from "../../src/lab/mcu/control.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import type { Bench, Daemon } from "./bench.ts";
import type { BoardResult, BoardsLoad, BoardsResult } from "./boards-load-process.ts";
import type { McusRequest } from "./boards-mcu-process.ts";
import { deviceOf, productId } from "./bridges.ts";
import { startPeer } from "./children.ts";
import { pacedMcu } from "./side-by-side.ts";
import type { Usage } from "./usage.ts";

export const boardCount = 32;
/** One request a second gives few latencies: that many daemons with one board run side by side. */
const aloneCount = 8;

/** The boards that get a fault, by their place among all. */
export const faulty = { silent: 0, babbling: 1, loose: 2 } as const;
export const faultyCount = Object.keys(faulty).length;

/** Longer than any start, and than any wait for the next attempt to connect. */
const readyMs = 60_000;
/**
 * Often enough to know when a board is served, and seldom enough that the answers take little of what the hub takes from
 * a session.
 */
const knockEveryMs = 200;

/** What one daemon with one board did, or the one with many: the results by board, and what it used meanwhile. */
export interface Measured {
  readonly results: readonly BoardResult[];
  readonly cpuUs: number;
  readonly residentKib: number;
}

export interface ManyBoards {
  /** Asks each board of `many`, and each one that is alone, once a second, each at a random moment of the second. */
  askAll(seconds: number): Promise<{ readonly many: Measured; readonly alone: readonly Measured[] }>;
  /** Asks one board alone as often as all of the many together. */
  askBusy(seconds: number): Promise<Measured>;
  /** Does something to the MCU of a faulty board. */
  control(index: number, control: McuControl): Promise<unknown>;
  /** Ends the daemon with many boards, and starts it anew at another TCP port of the broker. */
  restart(port: number): Promise<void>;
  /** Asks all of the many until each is served; by the system's monotonic clock, when the last one was, in ms. */
  lastServedAtMs(): Promise<number>;
  stop(): Promise<void>;
}

const boards = Array.from({ length: boardCount }, (_, index) => `board${String(index).padStart(2, "0")}`);
const alone = Array.from({ length: aloneCount }, (_, index) => `alone${index}`);
const busy = "busy";

/** Resolves when all boards are served. */
export async function openManyBoards(bench: Bench): Promise<ManyBoards> {
  const link = (name: string) => join(bench.folder, name);
  const { peer: load } = await startPeer<BoardsLoad, BoardsResult>("./boards-load-process.ts", {
    url: `mqtt://127.0.0.1:${bench.brokerPort}`,
  });
  const startMcus = async (names: readonly string[], options: (index: number) => Partial<VirtualMcuOptions>) => {
    const all = names.map((name, index) => ({ ...options(index), link: link(name) }));
    return (await startPeer<McusRequest, object>("./boards-mcu-process.ts", all)).peer;
  };
  // What one board babbles must not take the time of the healthy boards' MCUs, and is faster than 115200 baud.
  const faultyMcus = await startMcus(boards.slice(0, faultyCount), (index) =>
    index === faulty.babbling ? {} : pacedMcu,
  );
  const healthyMcus = await startMcus([...boards.slice(faultyCount), ...alone, busy], () => pacedMcu);
  const sections = {
    boards: Object.fromEntries(
      boards.map((name) => [name, { device: { productId, deviceName: name }, serial: { path: link(name) } }]),
    ),
  };
  let many = bench.startDaemon("many", sections);
  const singles = new Map(
    [...alone, busy].map((name) => [name, bench.startDaemon(name, { serial: { path: link(name) } })]),
  );
  const resultOf = (results: BoardsResult, name: string): BoardResult => {
    const result = results[deviceOf(name)];
    if (result === undefined) throw new Error(`no result of ${name}`);
    return result;
  };

  /** Asks all of these in the same time; what each of the daemons used in it. */
  async function ask(
    names: readonly string[],
    daemons: readonly (Daemon | undefined)[],
    { perSecond, seconds }: { perSecond: number; seconds: number },
  ): Promise<{ results: BoardsResult; used: Pick<Measured, "cpuUs" | "residentKib">[] }> {
    const usages = () => daemons.map((daemon): Usage | undefined => daemon?.usage());
    const before = usages();
    const wanted = { kind: "each", devices: names.map(deviceOf), perSecond, count: seconds * perSecond } as const;
    const results = await load.ask(wanted, 2 * seconds * 1000 + 20_000);
    const used = usages().map((after, index) => ({
      cpuUs: (after?.cpuUs ?? Number.NaN) - (before[index]?.cpuUs ?? Number.NaN),
      residentKib: after?.residentKib ?? Number.NaN,
    }));
    return { results, used };
  }

  async function untilServed(names: readonly string[]): Promise<BoardsResult> {
    const wanted = { kind: "until_served", devices: names.map(deviceOf), everyMs: knockEveryMs } as const;
    const results = await load.ask({ ...wanted, waitMs: readyMs }, 2 * readyMs);
    const missing = names.filter((name) => resultOf(results, name).servedAtMs === undefined);
    if (missing.length > 0) throw new Error(`never served: ${missing.join(", ")}; the log of many:\n${many.log()}`);
    return results;
  }

  await untilServed([...boards, ...alone, busy]);
  const unknown = { cpuUs: Number.NaN, residentKib: Number.NaN };

  return {
    async askAll(seconds) {
      const daemons = [many, ...alone.map((name) => singles.get(name))];
      const { results, used } = await ask([...boards, ...alone], daemons, { perSecond: 1, seconds });
      return {
        many: { results: boards.map((name) => resultOf(results, name)), ...(used[0] ?? unknown) },
        alone: alone.map((name, index) => ({ results: [resultOf(results, name)], ...(used[index + 1] ?? unknown) })),
      };
    },
    async askBusy(seconds) {
      const { results, used } = await ask([busy], [singles.get(busy)], { perSecond: boardCount, seconds });
      return { results: [resultOf(results, busy)], ...(used[0] ?? unknown) };
    },
    control: (index, control) => faultyMcus.ask({ index, control }),
    async restart(port) {
      await many.stop();
      many = bench.startDaemon("many", sections, port);
    },
    async lastServedAtMs() {
      const results = await untilServed(boards);
      return Math.max(...Object.values(results).map(({ servedAtMs }) => servedAtMs ?? Number.NaN));
    },
    async stop() {
      for (const daemon of [many, ...singles.values()]) await daemon.stop();
      for (const { child } of [load, healthyMcus, faultyMcus]) child.kill();
    },
  };
}
