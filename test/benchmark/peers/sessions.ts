// What every bridge is asked to do, and what it came to.
import type { Load, RunningBridge } from "../bench.ts";
import { expectAllOk } from "../side-by-side.ts";
import { quantile } from "../statistics.ts";
import { type McuPace, type PeerMcu, paced, unpaced } from "./peer-mcu.ts";

interface Session {
  readonly name: string;
  readonly pace: McuPace;
  /** @param count of requests */
  load(count: number): Load;
  /** Of one round: some two to four seconds, without wire time less. */
  readonly count: number;
  /** Before a warm bridge is measured: behind the pause of the round the load is under way again. */
  readonly leadIn: number;
}

const waitMs = 5000;
const perSecond = 50;
const inTurn = (count: number): Load => ({ kind: "in_turn", count, waitMs });
const inFlight = (count: number): Load => ({ kind: "in_flight", count, open: 8, waitMs });
const atRate = (spacing: "even" | "jittered") => (count: number) =>
  ({ kind: "at_rate", count, perSecond, spacing, waitMs }) as const;

export const sessions = {
  inTurn: { name: "one at a time", pace: paced, load: inTurn, count: 300, leadIn: 100 },
  inFlight: { name: "eight in flight", pace: paced, load: inFlight, count: 600, leadIn: 100 },
  atRate: { name: "50 requests/s", pace: paced, load: atRate("jittered"), count: 200, leadIn: 60 },
  evenly: { name: "50 requests/s evenly", pace: paced, load: atRate("even"), count: 200, leadIn: 60 },
  noWire: { name: "no wire time, one at a time", pace: unpaced, load: inTurn, count: 2000, leadIn: 100 },
} as const satisfies Record<string, Session>;

export type SessionName = keyof typeof sessions;
export const sessionNames = Object.keys(sessions) as SessionName[];
/** Those that take time on the wire. */
export const pacedNames = ["inTurn", "inFlight", "atRate", "evenly"] as const satisfies SessionName[];
/** Those whose CPU has a target. */
export const loadNames = ["inTurn", "inFlight", "atRate"] as const satisfies SessionName[];

export interface Taken {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly perSecond: number;
  /** Each of one request. */
  readonly cpuUs: number;
  readonly contextSwitches: number;
}

/** In the middle of a load: what a pause before it made of the bridge is not in the figures. */
export async function takeUnderWay(
  name: SessionName,
  running: RunningBridge,
  mcu: PeerMcu,
  count: number,
): Promise<Taken> {
  await takeSession(name, running, mcu, sessions[name].leadIn);
  return takeSession(name, running, mcu, count);
}

/** @throws if something was lost: it would compare nothing */
export async function takeSession(
  name: SessionName,
  running: RunningBridge,
  mcu: PeerMcu,
  count: number,
): Promise<Taken> {
  const { pace, load } = sessions[name];
  await mcu.setPace(pace);
  const before = running.usage();
  const result = await running.load(load(count));
  const after = running.usage();
  expectAllOk(result, count, running.log());
  return {
    p50Ms: quantile(result.latenciesMs, 0.5),
    p99Ms: quantile(result.latenciesMs, 0.99),
    maxMs: Math.max(...result.latenciesMs),
    perSecond: (count * 1000) / result.tookMs,
    cpuUs: (after.cpuUs - before.cpuUs) / count,
    contextSwitches: (after.contextSwitches - before.contextSwitches) / count,
  };
}
