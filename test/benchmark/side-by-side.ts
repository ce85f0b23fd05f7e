// Latency, CPU and memory: both gateways run all the time, each with an MCU of its own, and the load goes to one and then
// to the other, round after round.
import { type Bench, type Contestant, contestants, type Gateway, type Load } from "./bench.ts";
import { compared, type Figure, type Rounds } from "./figure.ts";
import type { LoadResult } from "./load-process.ts";
import { quantile } from "./statistics.ts";

/** 115200 baud and a millisecond of work: what a small MCU is like. */
export const pacedMcu = { baudRate: 115_200, delayMs: 1 } as const;

const waitMs = 5000;
const slices = {
  inTurn: { kind: "in_turn", count: 200, waitMs },
  atRate: { kind: "at_rate", count: 200, perSecond: 50, spacing: "jittered", waitMs },
  evenly: { kind: "at_rate", count: 200, perSecond: 50, spacing: "even", waitMs },
  atRandom: { kind: "at_rate", count: 200, perSecond: 50, spacing: "random", waitMs },
  inTurnQos1: { kind: "in_turn", count: 100, waitMs },
} as const satisfies Record<string, Load>;
type Slice = keyof typeof slices;

/** Enough for V8 to have compiled what is called often. */
const warmUpCount = 300;

interface Taken {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuUs: number;
  readonly contextSwitches: number;
}

export async function measureSideBySide(bench: Bench, roundCount: number): Promise<readonly Figure[]> {
  const gateways = { ours: await startPair(bench, "ours"), plain: await startPair(bench, "plain") };
  const taken: Record<Slice, Record<Contestant, Taken[]>> = {
    inTurn: { ours: [], plain: [] },
    atRate: { ours: [], plain: [] },
    evenly: { ours: [], plain: [] },
    atRandom: { ours: [], plain: [] },
    inTurnQos1: { ours: [], plain: [] },
  };
  for (let round = 0; round < roundCount; round++) {
    // Who goes first changes: whatever the first leaves behind hits each of them as often.
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const slice of Object.keys(slices) as Slice[]) {
      for (const contestant of order) taken[slice][contestant].push(await takeSlice(gateways[contestant], slice));
    }
  }
  const rounds = (slice: Slice, figure: keyof Taken): Rounds => ({
    ours: taken[slice].ours.map((one) => one[figure]),
    plain: taken[slice].plain.map((one) => one[figure]),
  });
  const peakMib: Rounds = {
    ours: [gateways.ours.qos0.usage().residentPeakKib / 1024],
    plain: [gateways.plain.qos0.usage().residentPeakKib / 1024],
  };
  for (const { qos0, qos1 } of Object.values(gateways)) await Promise.all([qos0.stop(), qos1.stop()]);
  return [
    compared("one at a time, p50", "ms", rounds("inTurn", "p50Ms"), 1.0),
    compared("one at a time, p99", "ms", rounds("inTurn", "p99Ms"), 1.0),
    compared("50 requests/s, p50", "ms", rounds("atRate", "p50Ms"), 0.7),
    compared("50 requests/s, p99", "ms", rounds("atRate", "p99Ms"), 1.0),
    compared("50 requests/s evenly, p50", "ms", rounds("evenly", "p50Ms")),
    compared("50 requests/s evenly, p99", "ms", rounds("evenly", "p99Ms"), 1.0),
    compared("50 requests/s at random, p50", "ms", rounds("atRandom", "p50Ms")),
    compared("50 requests/s at random, p99", "ms", rounds("atRandom", "p99Ms"), 1.0),
    compared("QoS 1, one at a time, p50", "ms", rounds("inTurnQos1", "p50Ms"), 0.3),
    compared("QoS 1, one at a time, p99", "ms", rounds("inTurnQos1", "p99Ms"), 1.0),
    compared("CPU a request, one at a time", "µs", rounds("inTurn", "cpuUs"), 0.8),
    compared("CPU a request, 50 requests/s", "µs", rounds("atRate", "cpuUs"), 0.8),
    compared("context switches a request", "one at a time", rounds("inTurn", "contextSwitches")),
    compared("peak resident memory after these", "MiB", peakMib, 0.8),
  ];
}

interface Pair {
  readonly qos0: Gateway;
  readonly qos1: Gateway;
}

async function startPair(bench: Bench, contestant: Contestant): Promise<Pair> {
  const start = async (qos: 0 | 1): Promise<Gateway> => {
    const { gateway } = await bench.timeStart(contestant, await bench.startMcu(pacedMcu), qos);
    await gateway.load({ kind: "in_turn", count: warmUpCount, waitMs });
    return gateway;
  };
  return { qos0: await start(0), qos1: await start(1) };
}

async function takeSlice({ qos0, qos1 }: Pair, slice: Slice): Promise<Taken> {
  const gateway = slice === "inTurnQos1" ? qos1 : qos0;
  const { count } = slices[slice];
  const before = gateway.usage();
  const result = await gateway.load(slices[slice]);
  const after = gateway.usage();
  expectAllOk(result, count);
  return {
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
    cpuUs: (after.cpuUs - before.cpuUs) / count,
    contextSwitches: (after.contextSwitches - before.contextSwitches) / count,
  };
}

/** Figures of a run in which something was lost would compare nothing. */
export function expectAllOk({ latenciesMs: _, ...result }: LoadResult, count: number, log = ""): void {
  if (result.okCount === count && result.surplusCount === 0) return;
  throw new Error(`not every one of ${count} requests was answered once: ${JSON.stringify(result)}\n${log}`);
}
