// All bridges beside each other, round after round: warm ones that go on running, and for what is cold a fresh process
// for each session.
import type { Bench, RunningBridge } from "../bench.ts";
import type { Bridge } from "../bridges.ts";
import { expectAllOk } from "../side-by-side.ts";
import { hurried, type PeerMcu, paced, startPeerMcu } from "./peer-mcu.ts";
import {
  loadNames,
  type SessionName,
  sessionNames,
  sessions,
  type Taken,
  takeSession,
  takeUnderWay,
} from "./sessions.ts";

/** Of a fresh process, behind its first response. */
const coldCount = 500;
/** Before anything of a warm one is measured. */
const warmUpCount = 5000;

export type ColdName = (typeof loadNames)[number];

/** What a bridge came to, round by round. */
export type WarmRounds = Readonly<Record<SessionName, readonly Taken[]>>;
export type ColdRounds = Readonly<Record<ColdName, readonly Taken[]>> & { readonly startMs: readonly number[] };

/** A bridge that runs, at an MCU of its own. */
export interface AttachedBridge {
  readonly running: RunningBridge;
  readonly mcu: PeerMcu;
}

/** It has served `warmUpCount` requests. */
export async function startWarm(bench: Bench, mcuProgram: string, bridge: Bridge): Promise<AttachedBridge> {
  const mcu = await startPeerMcu(mcuProgram, bench.newLink());
  await mcu.setPace(hurried);
  const { running } = await bench.timeBridgeStart(bridge, mcu.path);
  // Half of them alone, half of them together: both ways through the code.
  const half = { count: warmUpCount / 2, waitMs: 5000 };
  expectAllOk(await running.load({ kind: "in_turn", ...half }), half.count, running.log());
  expectAllOk(await running.load({ kind: "in_flight", open: 8, ...half }), half.count, running.log());
  return { running, mcu };
}

export async function stopAttached({ running, mcu }: AttachedBridge): Promise<void> {
  await running.stop();
  mcu.stop();
}

export async function takeColdRounds(
  bench: Bench,
  mcuProgram: string,
  bridges: readonly Bridge[],
  roundCount: number,
): Promise<ReadonlyMap<Bridge, ColdRounds>> {
  const all = new Map(bridges.map((bridge) => [bridge, { ...emptyCold(), startMs: [] as number[] }]));
  for (let round = 0; round < roundCount; round++) {
    for (const name of loadNames) {
      for (const [bridge, rounds] of inTurn([...all], round)) {
        const { startMs, taken } = await takeCold(bench, mcuProgram, bridge, name);
        rounds.startMs.push(startMs);
        rounds[name].push(taken);
      }
    }
  }
  return all;
}

export async function takeWarmRounds(
  warm: ReadonlyMap<Bridge, AttachedBridge>,
  roundCount: number,
  sliceShare: number,
): Promise<ReadonlyMap<Bridge, WarmRounds>> {
  const all = new Map([...warm.keys()].map((bridge) => [bridge, emptyWarm()]));
  for (let round = 0; round < roundCount; round++) {
    for (const name of sessionNames) {
      const count = Math.ceil(sessions[name].count * sliceShare);
      for (const [bridge, { running, mcu }] of inTurn([...warm], round)) {
        all.get(bridge)?.[name].push(await takeUnderWay(name, running, mcu, count));
      }
    }
  }
  return all;
}

async function takeCold(bench: Bench, mcuProgram: string, bridge: Bridge, name: ColdName) {
  const mcu = await startPeerMcu(mcuProgram, bench.newLink());
  await mcu.setPace(paced);
  const { running, firstReplyMs } = await bench.timeBridgeStart(bridge, mcu.path);
  const taken = await takeSession(name, running, mcu, coldCount);
  await stopAttached({ running, mcu });
  return { startMs: firstReplyMs, taken };
}

/** Who goes first changes: whatever the one before leaves behind hits each of them as often. */
export function inTurn<Item>(items: readonly Item[], round: number): Item[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

const emptyWarm = (): Record<SessionName, Taken[]> => ({
  inTurn: [],
  inFlight: [],
  atRate: [],
  evenly: [],
  noWire: [],
});
const emptyCold = (): Record<ColdName, Taken[]> => ({ inTurn: [], inFlight: [], atRate: [] });
