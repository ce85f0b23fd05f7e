// The bridges on a slow core: each of them alone has a tenth of this one, in turn.
import type { Load } from "../bench.ts";
import type { Bridge } from "../bridges.ts";
import { quantile } from "../statistics.ts";
import { openCpuQuota } from "./cpu-quota.ts";
import { type PeerFigure, peerFigure } from "./peer-figure.ts";
import { paced } from "./peer-mcu.ts";
import { type AttachedBridge, inTurn } from "./rounds.ts";

const servedWithinMs = 20;
const servedShare = 0.99;
/** Below the daemon's own deadline, and what waits for it is out of the way before the next load. */
const waitMs = 5000;
/** Enough for a 99th percentile, and for a second at least. */
const countOf = (perSecond: number): number => Math.max(100, perSecond);
/** What disturbs the machine once does not make a rate one that is not served. */
const tries = 2;
/** Each an eighth more than the one before, up to what the line carries (319/s). */
const rates = Array.from({ length: 24 }, (_, step) => Math.round(20 * 1.125 ** step));

const loads = {
  "one at a time": { kind: "in_turn", count: 100, waitMs },
  "eight in flight": { kind: "in_flight", count: 200, open: 8, waitMs },
  "50 requests/s": { kind: "at_rate", count: 150, perSecond: 50, spacing: "jittered", waitMs },
} as const satisfies Record<string, Load>;
type LoadName = keyof typeof loads;

interface Taken {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
}

/** Why it is left out, where it is. */
export type SlowCore =
  | { readonly kind: "measured"; readonly figures: readonly PeerFigure[] }
  | { readonly kind: "left_out"; readonly why: string };

export async function measureSlowCore(
  warm: ReadonlyMap<Bridge, AttachedBridge>,
  roundCount: number,
): Promise<SlowCore> {
  const quota = openCpuQuota();
  if ("why" in quota) return { kind: "left_out", why: quota.why };
  const rounds = new Map<string, Map<Bridge, number[]>>();
  const note = (figure: string, bridge: Bridge, value: number) => {
    const series = rounds.get(figure) ?? new Map<Bridge, number[]>();
    rounds.set(figure, series.set(bridge, [...(series.get(bridge) ?? []), value]));
  };
  for (const { running, mcu } of warm.values()) {
    await mcu.setPace(paced);
    quota.add(running.pid);
  }
  for (let round = 0; round < roundCount; round++) {
    for (const name of Object.keys(loads) as LoadName[]) {
      for (const [bridge, attached] of inTurn([...warm], round)) {
        const { p50Ms, p99Ms, perSecond } = await take(attached, loads[name]);
        note(`${name}: p50, ms`, bridge, p50Ms);
        note(`${name}: p99, ms`, bridge, p99Ms);
        if (name === "eight in flight") note(`${name}: requests/s`, bridge, perSecond);
      }
    }
    for (const [bridge, attached] of inTurn([...warm], round)) {
      note(
        `requests/s of which ${servedShare * 100} % are served within ${servedWithinMs} ms`,
        bridge,
        await highestRate(attached),
      );
    }
  }
  quota.remove();
  const figures = [...rounds].map(([name, series]) => peerFigure(`${quota.text}: ${name}`, series));
  return { kind: "measured", figures };
}

/** A request that did not get the MCU's reply counts as one that waited for it all the time. */
async function take({ running }: AttachedBridge, load: Load & { readonly count: number }): Promise<Taken> {
  const { latenciesMs, okCount, tookMs } = await running.load(load);
  const lost = Array.from({ length: load.count - okCount }, () => waitMs);
  const all = [...latenciesMs, ...lost];
  return { p50Ms: quantile(all, 0.5), p99Ms: quantile(all, servedShare), perSecond: (okCount * 1000) / tookMs };
}

/** By bisection; 0 if it does not even serve 20 a second. */
async function highestRate(attached: AttachedBridge): Promise<number> {
  let served = -1;
  let notServed = rates.length;
  while (notServed - served > 1) {
    const middle = Math.floor((served + notServed) / 2);
    const perSecond = rates[middle] ?? 0;
    if (await isServed(attached, perSecond)) served = middle;
    else notServed = middle;
  }
  return rates[served] ?? 0;
}

async function isServed(attached: AttachedBridge, perSecond: number): Promise<boolean> {
  for (let attempt = 0; attempt < tries; attempt++) {
    const load = { kind: "at_rate", count: countOf(perSecond), perSecond, spacing: "jittered", waitMs } as const;
    const { p99Ms } = await take(attached, load);
    if (p99Ms <= servedWithinMs) return true;
  }
  return false;
}
