// Many boards behind one session, beside gateways with one board each: whether a board is served as well as alone, what it
// costs, and what its neighbours' misfortunes cost it.
import { join } from "node:path";
import type { McuControl } from "../../src/lab/mcu/control.ts";
import type { VirtualMcuOptions } from "../../src/lab/mcu/options.ts";
import { startTap } from "../faults/tap.ts";
import { type Bench, type Daemon, productId } from "./bench.ts";
import type { BoardResult, BoardsLoad, BoardsResult } from "./boards-load-process.ts";
import type { McusRequest } from "./boards-mcu-process.ts";
import { type Peer, startPeer } from "./children.ts";
import { type Figure, required, rounded } from "./figure.ts";
import { pacedMcu } from "./side-by-side.ts";
import { quantile } from "./statistics.ts";
import type { Usage } from "./usage.ts";

const boardCount = 32;
/** One request a second gives few latencies: these run side by side, each a process of its own. */
const aloneCount = 4;

const p50RatioMax = 1.1;
const p99RatioMax = 1.1;
const p99RatioMaxBesideMisfortune = 1.25;
const furtherBoardMibMax = 0.5;

/** With the network that a gateway in the field has. */
const roundTripMs = 100;
const servedWithinMs = 5000;
const reconnectCount = 3;
/** Often enough to know when a board is served, and seldom enough that the answers take little of what the hub takes from a session. */
const knockEveryMs = 200;

const babbleBytesPerS = 100_000;
const babbleEveryMs = 100;
/** A cable that is out as long as it is in. */
const loose = { everyMs: 4000, outMs: 2000 } as const;

/** Its places among the boards. */
const misfortunes = { silent: 0, babbling: 1, loose: 2 } as const;
const misfortuneCount = Object.keys(misfortunes).length;

/** Longer than any start, or any wait for the next attempt to connect. */
const readyMs = 60_000;

export async function measureBoards(bench: Bench, seconds: number): Promise<readonly Figure[]> {
  const field = await openField(bench);
  await field.ready();
  await field.ask(Math.ceil(seconds / 4)); // V8 compiles what is called often.
  const calm = await field.ask(seconds);
  const stop = bringMisfortune(field.mcus);
  const beside = await field.ask(seconds);
  await stop();
  await field.many.stop();
  const reconnects = await measureReconnects(bench, field);
  await field.stop();
  return [...figuresOf(calm), ...besideFigures(beside), ...reconnects];
}

/** What was measured in one time, of the many boards and of those that are alone. */
interface Taken {
  readonly many: readonly BoardResult[];
  readonly alone: readonly BoardResult[];
  /** One board alone that is asked as often as all of the many together. */
  readonly busy: BoardResult;
  readonly cpuUs: { readonly many: number; readonly alone: number; readonly busy: number };
  readonly residentKib: { readonly many: number; readonly alone: number };
}

interface Field {
  readonly many: Daemon;
  readonly mcus: { control(index: number, control: McuControl): Promise<unknown> };
  readonly load: Peer<BoardsLoad, BoardsResult>;
  readonly sections: object;
  ready(): Promise<void>;
  ask(seconds: number): Promise<Taken>;
  stop(): Promise<void>;
}

const deviceOf = (name: string) => `${productId}/${name}`;
const nameOf = (index: number) => `board${String(index).padStart(2, "0")}`;
const boards = Array.from({ length: boardCount }, (_, index) => nameOf(index));
const devices = boards.map(deviceOf);
const alones = Array.from({ length: aloneCount }, (_, index) => `alone${index}`);
const busy = "busy";

async function openField(bench: Bench): Promise<Field> {
  const { folder, brokerPort } = bench;
  const url = `mqtt://127.0.0.1:${brokerPort}`;
  const link = (name: string) => join(folder, name);
  const { peer: load } = await startPeer<BoardsLoad, BoardsResult>("./boards-load-process.ts", { url });
  const startMcus = async (options: readonly VirtualMcuOptions[]) =>
    (await startPeer<McusRequest, object>("./boards-mcu-process.ts", options)).peer;
  // What is sent by one that babbles is not to take the time of the others' MCUs.
  const unlucky = await startMcus(
    boards.slice(0, misfortuneCount).map((name, index) => ({
      ...(index === misfortunes.babbling ? {} : pacedMcu),
      link: link(name),
    })),
  );
  const names = [...boards.slice(misfortuneCount), ...alones, busy];
  const lucky = await startMcus(names.map((name) => ({ ...pacedMcu, link: link(name) })));
  const sections = {
    boards: Object.fromEntries(
      boards.map((name) => [name, { device: { productId, deviceName: name }, serial: { path: link(name) } }]),
    ),
  };
  const many = bench.startDaemon("many", sections);
  const alone = [...alones, busy].map((name) => bench.startDaemon(name, { serial: { path: link(name) } }));

  async function ask(seconds: number): Promise<Taken> {
    const each = [...boards, ...alones].map(deviceOf);
    const before = usages();
    const limitMs = 2 * seconds * 1000 + 20_000;
    const all = await load.ask({ kind: "each", devices: each, perSecond: 1, count: seconds }, limitMs);
    const between = usages();
    const count = seconds * boardCount;
    const inTurn = await load.ask({ kind: "each", devices: [deviceOf(busy)], perSecond: boardCount, count }, limitMs);
    const after = usages();
    const of = (name: string) => all[deviceOf(name)] ?? nothing;
    const spentUs = (to: readonly Usage[], from: readonly Usage[], at: number) =>
      (to[at]?.cpuUs ?? Number.NaN) - (from[at]?.cpuUs ?? Number.NaN);
    const aloneUs = alones.map((_, at) => spentUs(between, before, at + 1));
    return {
      many: boards.map(of),
      alone: alones.map(of),
      busy: inTurn[deviceOf(busy)] ?? nothing,
      cpuUs: {
        many: spentUs(between, before, 0) / count,
        alone: mean(aloneUs) / seconds,
        busy: spentUs(after, between, aloneCount + 1) / count,
      },
      residentKib: {
        many: between[0]?.residentKib ?? Number.NaN,
        alone: mean(between.slice(1, aloneCount + 1).map(({ residentKib }) => residentKib)),
      },
    };
  }

  const usages = () => [many, ...alone].map((daemon) => daemon.usage());

  return {
    many,
    load,
    sections,
    mcus: {
      control: (index, control) => unlucky.ask({ index, control }),
    },
    ask,
    async ready() {
      await untilServed(load, [...boards, ...alones, busy].map(deviceOf), () => many.log());
    },
    async stop() {
      for (const daemon of alone) await daemon.stop();
      for (const { child } of [load, lucky, unlucky]) child.kill();
    },
  };
}

const nothing: BoardResult = {
  latenciesMs: [],
  okCount: 0,
  errors: {},
  wrongCount: 0,
  unansweredCount: 0,
  servedAtMs: undefined,
};

async function untilServed(
  load: Peer<BoardsLoad, BoardsResult>,
  all: readonly string[],
  log: () => string,
): Promise<BoardsResult> {
  const results = await load.ask(
    { kind: "until_served", devices: all, everyMs: knockEveryMs, waitMs: readyMs },
    2 * readyMs,
  );
  const missing = all.filter((device) => results[device]?.servedAtMs === undefined);
  if (missing.length > 0) throw new Error(`never served: ${missing.join(", ")}; the log of many:\n${log()}`);
  return results;
}

/** One is silent, one babbles, and the cable of one comes and goes, until all is well again. */
function bringMisfortune({ control }: Field["mcus"]): () => Promise<void> {
  let isOver = false;
  const again = async (everyMs: number, act: () => Promise<unknown>) => {
    while (!isOver) {
      const startMs = performance.now();
      await act();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + everyMs - performance.now())));
    }
  };
  const { silent, babbling, loose: looseAt } = misfortunes;
  const flood: McuControl = { kind: "flood", bytes: (babbleBytesPerS * babbleEveryMs) / 1000, form: "noise" };
  const all = [
    control(silent, { kind: "faults", change: { stall: true } }),
    again(babbleEveryMs, () => control(babbling, flood)),
    again(loose.everyMs, () => control(looseAt, { kind: "hangup", backAfterMs: loose.outMs })),
  ];
  return async () => {
    isOver = true;
    await Promise.all(all);
    await control(silent, { kind: "faults", change: { stall: false } });
    await control(babbling, { kind: "send", bytes: "\n" });
  };
}

function figuresOf({ many, alone, cpuUs, residentKib, busy }: Taken): Figure[] {
  const furtherMib = (residentKib.many - residentKib.alone) / 1024 / (boardCount - 1);
  const name = `${boardCount} boards, each asked once a second`;
  return [
    besideAlone(`${name}: p50`, many, alone, 0.5, p50RatioMax),
    besideAlone(`${name}: p99`, many, alone, 0.99, p99RatioMax),
    faultless(`${name}: answered by their MCUs`, many),
    required(`${name}: CPU a request`, "≤ one alone", {
      text: `${rounded(cpuUs.many)} µs (one alone: ${rounded(cpuUs.alone)}; one that is asked ${boardCount} times a second: ${rounded(cpuUs.busy)})`,
      met: cpuUs.many <= cpuUs.alone,
    }),
    faultless(`one board, asked ${boardCount} times a second: answered by its MCU`, [busy]),
    required("resident memory for each further board", `≤ ${furtherBoardMibMax} MiB`, {
      text: `${furtherMib.toFixed(2)} MiB`,
      met: furtherMib <= furtherBoardMibMax,
    }),
  ];
}

function besideFigures({ many, alone }: Taken): Figure[] {
  const lucky = many.slice(misfortuneCount);
  const name = `beside one that is silent, one that babbles and a loose cable: the other ${lucky.length}`;
  return [
    besideAlone(`${name}, p99`, lucky, alone, 0.99, p99RatioMaxBesideMisfortune),
    faultless(`${name}, answered by their MCUs`, lucky),
  ];
}

function besideAlone(
  name: string,
  many: readonly BoardResult[],
  alone: readonly BoardResult[],
  share: number,
  ratioMax: number,
): Figure {
  const of = (results: readonly BoardResult[]) =>
    quantile(
      results.flatMap(({ latenciesMs }) => latenciesMs),
      share,
    );
  const ratio = of(many) / of(alone);
  return required(name, `≤ ${ratioMax} × one alone`, {
    text: `${rounded(of(many))} ms, ${ratio.toFixed(2)} × one alone`,
    met: ratio <= ratioMax,
  });
}

/** Each request had its own MCU's reply. */
function faultless(name: string, results: readonly BoardResult[]): Figure {
  const ok = sum(results.map(({ okCount }) => okCount));
  const asked = ok + sum(results.map(faultsOf));
  return required(name, "all", { text: `${ok} of ${asked}`, met: ok === asked });
}

function faultsOf({ errors, wrongCount, unansweredCount }: BoardResult): number {
  return sum(Object.values(errors)) + wrongCount + unansweredCount;
}

/** The session is lost over a network with a long round trip: how long after CONNACK the last board is served. */
async function measureReconnects(bench: Bench, { load, sections }: Field): Promise<Figure[]> {
  let acceptedAtMs = Number.NaN;
  let acceptedCount = 0;
  const tap = await startTap(bench.brokerPort, () => {
    const count = tap.traffic.filter(({ kind }) => kind === "accepted").length;
    if (count > acceptedCount) acceptedAtMs = Number(process.hrtime.bigint()) / 1e6;
    acceptedCount = count;
  });
  tap.delayMs = roundTripMs / 2;
  const daemon = bench.startDaemon("distant", sections, tap.port);
  const afterMs: number[] = [];
  for (let round = 0; round <= reconnectCount; round++) {
    const results = await untilServed(load, devices, () => daemon.log());
    const lastMs = Math.max(...Object.values(results).map(({ servedAtMs }) => servedAtMs ?? Number.NaN));
    // The first one is a start.
    if (round > 0) afterMs.push(lastMs - acceptedAtMs);
    if (round < reconnectCount) {
      await tap.cut();
      await tap.restore();
    }
  }
  await daemon.stop();
  await tap.close();
  const worst = Math.max(...afterMs);
  return [
    required(
      `${boardCount} boards over a round trip of ${roundTripMs} ms: all served after CONNACK`,
      `≤ ${servedWithinMs} ms`,
      {
        text: `${rounded(worst)} ms (worst of ${reconnectCount})`,
        met: worst <= servedWithinMs,
      },
    ),
  ];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
