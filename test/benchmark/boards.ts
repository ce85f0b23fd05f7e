// Many boards behind one session, beside gateways with one board each: whether a board is served as well as alone, what it
// costs, what its neighbours' faults cost it, and how soon all are served after the session was lost.
import type { McuControl } from "../../src/lab/mcu/control.ts";
import { startTap } from "../faults/tap.ts";
import type { Bench } from "./bench.ts";
import type { BoardResult } from "./boards-load-process.ts";
import { type Figure, required, rounded } from "./figure.ts";
import { boardCount, faulty, faultyCount, type ManyBoards, type Measured, openManyBoards } from "./many-boards.ts";
import { quantile } from "./statistics.ts";

const p50RatioMax = 1.1;
const p99RatioMax = 1.1;
const p99RatioMaxBesideFaults = 1.25;
const furtherBoardMibMax = 0.5;

/** Of a gateway in the field. */
const roundTripMs = 100;
const servedWithinMs = 5000;
const reconnectCount = 3;

const babbleBytesPerS = 100_000;
const babbleEveryMs = 100;
/** A cable that is out as long as it is in. */
const loose = { everyMs: 4000, outMs: 2000 } as const;

export async function measureBoards(bench: Bench, seconds: number): Promise<readonly Figure[]> {
  const boards = await openManyBoards(bench);
  const warmUpS = Math.ceil(seconds / 4); // V8 compiles what is called often.
  await boards.askAll(warmUpS);
  const calm = await boards.askAll(seconds);
  await boards.askBusy(warmUpS);
  const busy = await boards.askBusy(Math.ceil(seconds / 3));
  const endFaults = beginFaults(boards);
  const beside = await boards.askAll(seconds);
  await endFaults();
  const reconnect = await measureReconnect(bench, boards);
  await boards.stop();
  return [...calmFigures(calm, busy), ...besideFaultsFigures(beside), reconnect];
}

type Asked = Awaited<ReturnType<ManyBoards["askAll"]>>;

/** One board is silent, one babbles, and the cable of one comes and goes, until the returned function has ended it. */
function beginFaults({ control }: ManyBoards): () => Promise<void> {
  let isOver = false;
  const again = async (everyMs: number, act: () => Promise<unknown>) => {
    while (!isOver) {
      const startMs = performance.now();
      await act();
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, startMs + everyMs - performance.now())));
    }
  };
  const babble: McuControl = { kind: "flood", bytes: (babbleBytesPerS * babbleEveryMs) / 1000, form: "noise" };
  const faults = [
    control(faulty.silent, { kind: "faults", change: { stall: true } }),
    again(babbleEveryMs, () => control(faulty.babbling, babble)),
    again(loose.everyMs, () => control(faulty.loose, { kind: "hangup", backAfterMs: loose.outMs })),
  ];
  return async () => {
    isOver = true;
    await Promise.all(faults);
    await control(faulty.silent, { kind: "faults", change: { stall: false } });
    await control(faulty.babbling, { kind: "send", bytes: "\n" });
  };
}

/** The session is lost over a network with a long round trip: how long after CONNACK the last board is served. */
async function measureReconnect(bench: Bench, boards: ManyBoards): Promise<Figure> {
  let acceptedAtMs = Number.NaN;
  let acceptedCount = 0;
  const tap = await startTap(bench.brokerPort, () => {
    const count = tap.traffic.filter(({ kind }) => kind === "accepted").length;
    if (count > acceptedCount) acceptedAtMs = Number(process.hrtime.bigint()) / 1e6;
    acceptedCount = count;
  });
  tap.delayMs = roundTripMs / 2;
  await boards.restart(tap.port);
  await boards.lastServedAtMs();
  const afterMs: number[] = [];
  for (let round = 0; round < reconnectCount; round++) {
    await tap.cut();
    await tap.restore();
    afterMs.push((await boards.lastServedAtMs()) - acceptedAtMs);
  }
  await tap.close();
  const worst = Math.max(...afterMs);
  return required(
    `${boardCount} boards, round trip of ${roundTripMs} ms: all served after CONNACK`,
    `≤ ${servedWithinMs} ms`,
    { text: `${rounded(worst)} ms (worst of ${reconnectCount})`, met: worst <= servedWithinMs },
  );
}

function calmFigures({ many, alone }: Asked, busy: Measured): Figure[] {
  const name = `${boardCount} boards, each asked once a second`;
  const cpuUs = {
    many: cpuOfRequest([many]),
    alone: cpuOfRequest(alone),
    busy: cpuOfRequest([busy]),
  };
  const aloneKib = alone.reduce((total, { residentKib }) => total + residentKib, 0) / alone.length;
  const furtherMib = (many.residentKib - aloneKib) / 1024 / (boardCount - 1);
  return [
    besideAlone(`${name}: p50`, many.results, alone, 0.5, p50RatioMax),
    besideAlone(`${name}: p99`, many.results, alone, 0.99, p99RatioMax),
    allAnswered(`${name}: answered by their MCUs`, many.results),
    required(`${name}: CPU a request`, "≤ one alone", {
      text: `${rounded(cpuUs.many)} µs (one alone: ${rounded(cpuUs.alone)}; one asked ${boardCount} times a second: ${rounded(cpuUs.busy)})`,
      met: cpuUs.many <= cpuUs.alone,
    }),
    required("resident memory for each further board", `≤ ${furtherBoardMibMax} MiB`, {
      text: `${furtherMib.toFixed(2)} MiB`,
      met: furtherMib <= furtherBoardMibMax,
    }),
  ];
}

function besideFaultsFigures({ many, alone }: Asked): Figure[] {
  const healthy = many.results.slice(faultyCount);
  const name = `one board silent, one babbling, one with a loose cable; the other ${healthy.length}`;
  const errorCounts = Object.values(faulty).map(
    (index) => requestCount([many.results[index]]) - okCount([many.results[index]]),
  );
  return [
    besideAlone(`${name}: p99`, healthy, alone, 0.99, p99RatioMaxBesideFaults),
    allAnswered(`${name}: answered by their MCUs`, healthy),
    // Faults that nobody notices would show nothing.
    required("errors of these three", "some of each", {
      text: errorCounts.join(", "),
      met: errorCounts.every((count) => count > 0),
    }),
  ];
}

function besideAlone(
  name: string,
  results: readonly BoardResult[],
  alone: readonly Measured[],
  share: number,
  ratioMax: number,
): Figure {
  const of = (all: readonly BoardResult[]) =>
    quantile(
      all.flatMap(({ latenciesMs }) => latenciesMs),
      share,
    );
  const aloneMs = of(alone.flatMap((one) => one.results));
  const ratio = of(results) / aloneMs;
  return required(name, `≤ ${ratioMax} × one alone`, {
    text: `${rounded(of(results))} ms, ${ratio.toFixed(2)} × one alone`,
    met: ratio <= ratioMax,
  });
}

/** Each request had its own MCU's reply. */
function allAnswered(name: string, results: readonly BoardResult[]): Figure {
  const [ok, asked] = [okCount(results), requestCount(results)];
  return required(name, "all", { text: `${ok} of ${asked}`, met: ok === asked });
}

function cpuOfRequest(measured: readonly Measured[]): number {
  const cpuUs = measured.reduce((total, one) => total + one.cpuUs, 0);
  return cpuUs / requestCount(measured.flatMap(({ results }) => results));
}

function okCount(results: readonly (BoardResult | undefined)[]): number {
  return results.reduce((total, result) => total + (result?.okCount ?? 0), 0);
}

function requestCount(results: readonly (BoardResult | undefined)[]): number {
  const countOf = ({ okCount, errors, wrongCount, unansweredCount }: BoardResult) =>
    Object.values(errors).reduce((total, count) => total + count, okCount + wrongCount + unansweredCount);
  return results.reduce((total, result) => total + (result === undefined ? 0 : countOf(result)), 0);
}
