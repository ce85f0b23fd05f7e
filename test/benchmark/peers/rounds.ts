// All bridges beside each other, round after round: warm ones that go on running, and for what is cold a fresh process
// for each session.
import type { Bench, RunningBridge } from "../bench.ts";
import type { Bridge } from "../bridges.ts";
import { expectAllOk } from "../side-by-side.ts";
import { hurried, type PeerMcu, paced, startPeerMcu } from "./peer-mcu.ts";
import { loadNames, type SessionName, sessionNames, type Taken, takeSession } from "./sessions.ts";

/** Of a fresh process, behind its first response. */
const coldCount = 500;
/** Before anything of a warm one is measured. */
const warmUpCount = 5000;

export type ColdName = (typeof loadNames)[number];

/** What each bridge came to, round by round, in the same order. */
export interface BridgeRounds {
  readonly warm: Record<SessionName, Taken[]>;
  readonly cold: Record<ColdName, Taken[]>;
  readonly startMs: number[];
}

export type AllRounds = ReadonlyMap<Bridge, BridgeRounds>;

/** A bridge that has served `warmUpCount` requests, at an MCU of its own. */
export interface WarmBridge {
  readonly running: RunningBridge;
  readonly mcu: PeerMcu;
}

export async function startWarm(bench: Bench, mcuProgram: string, bridge: Bridge): Promise<WarmBridge> {
  const mcu = await startPeerMcu(mcuProgram, bench.newLink());
  await mcu.setPace(hurried);
  const { running } = await bench.timeBridgeStart(bridge, mcu.path);
  // Half of them alone, half of them together: both ways through the code.
  const half = { count: warmUpCount / 2, waitMs: 5000 };
  expectAllOk(await running.load({ kind: "in_turn", ...half }), half.count);
  expectAllOk(await running.load({ kind: "in_flight", open: 8, ...half }), half.count);
  return { running, mcu };
}

export async function measureWarm(
  bench: Bench,
  mcuProgram: string,
  bridges: readonly Bridge[],
  rounds: { readonly cold: number; readonly warm: number },
): Promise<AllRounds> {
  const all = new Map(bridges.map((bridge) => [bridge, emptyRounds()]));
  for (let round = 0; round < rounds.cold; round++) {
    for (const name of loadNames) {
      for (const bridge of inTurn(bridges, round)) await takeCold(bench, mcuProgram, bridge, name, all.get(bridge));
    }
  }
  const warm = new Map<Bridge, WarmBridge>();
  for (const bridge of bridges) warm.set(bridge, await startWarm(bench, mcuProgram, bridge));
  for (let round = 0; round < rounds.warm; round++) {
    for (const name of sessionNames) {
      for (const bridge of inTurn(bridges, round)) {
        const one = warm.get(bridge);
        if (one !== undefined) all.get(bridge)?.warm[name].push(await takeSession(name, one.running, one.mcu));
      }
    }
  }
  for (const { running, mcu } of warm.values()) {
    await running.stop();
    mcu.stop();
  }
  return all;
}

async function takeCold(
  bench: Bench,
  mcuProgram: string,
  bridge: Bridge,
  name: ColdName,
  rounds: BridgeRounds | undefined,
): Promise<void> {
  const mcu = await startPeerMcu(mcuProgram, bench.newLink());
  await mcu.setPace(paced);
  const { running, firstReplyMs } = await bench.timeBridgeStart(bridge, mcu.path);
  rounds?.startMs.push(firstReplyMs);
  rounds?.cold[name].push(await takeSession(name, running, mcu, coldCount));
  await running.stop();
  mcu.stop();
}

/** Who goes first changes: whatever the one before leaves behind hits each of them as often. */
export function inTurn<Item>(items: readonly Item[], round: number): Item[] {
  const first = round % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}

function emptyRounds(): BridgeRounds {
  return {
    warm: { inTurn: [], inFlight: [], atRate: [], evenly: [], noWire: [] },
    cold: { inTurn: [], inFlight: [], atRate: [] },
    startMs: [],
  };
}
