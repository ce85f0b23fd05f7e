// The daemon beside bridges in C, Python, and lean and plain Node.js, none of which checks anything; or beside another build of itself.
import type { Bench } from "../bench.ts";
import type { Bridge } from "../bridges.ts";
import { measurePeakMemory } from "./peak-memory.ts";
import { type PeerFigure, peerFigure, peerTableOf, ratioOf, type Series, type Target } from "./peer-figure.ts";
import { type ColdRounds, startWarm, stopAttached, takeColdRounds, takeWarmRounds, type WarmRounds } from "./rounds.ts";
import { loadNames, pacedNames, type SessionName, sessionNames, sessions, type Taken } from "./sessions.ts";
import { measureSlowCore } from "./slow-core.ts";
import type { Toolchain } from "./toolchain.ts";

export interface PeersSize {
  readonly coldRounds: number;
  readonly warmRounds: number;
  /** Of a whole round's requests: many short rounds tell more on a busy machine than one long one. */
  readonly sliceShare: number;
  /** On a slow core; 0 leaves it out. */
  readonly slowRounds: number;
  /** For the peak memory; 0 leaves it out. */
  readonly requestsInARow: number;
}

export interface PeersResult {
  readonly table: string;
  readonly met: boolean;
}

type All<Rounds> = ReadonlyMap<Bridge, Rounds>;

/** @param against whether another build takes the place of Python and plain Node.js */
export async function measurePeers(bench: Bench, against: boolean, size: PeersSize): Promise<PeersResult | undefined> {
  const { toolchain } = bench;
  for (const sentence of toolchain.leftOut) tell(sentence);
  if (toolchain.mcu === undefined) return undefined;
  const bridges = bridgesOf(toolchain, against);
  const cold = await takeColdRounds(bench, toolchain.mcu, bridges, size.coldRounds);
  const attached = new Map<Bridge, Awaited<ReturnType<typeof startWarm>>>();
  for (const bridge of bridges) attached.set(bridge, await startWarm(bench, toolchain.mcu, bridge));
  const warm = await takeWarmRounds(attached, size.warmRounds, size.sliceShare);
  const slow = size.slowRounds === 0 ? undefined : await measureSlowCore(attached, size.slowRounds);
  if (slow?.kind === "left_out") tell(`a tenth of a core left out: ${slow.why}`);
  for (const one of attached.values()) await stopAttached(one);
  const figures = [
    ...cpuFigures(warm, cold),
    ...latencyFigures(warm),
    ...otherFigures(warm, cold),
    ...(size.requestsInARow === 0
      ? []
      : [await measurePeakMemory(bench, toolchain.mcu, bridges.filter(servesBursts), size.requestsInARow)]),
    ...(slow?.kind === "measured" ? slow.figures : []),
  ];
  const table = peerTableOf(figures, bridges);
  return {
    table: against ? `${table}\n\n${comparison(warm, cold)}` : table,
    met: figures.every(({ met }) => met !== false),
  };
}

/** The lean one loses what comes faster than it reads: the kernel gathers no more than 4095 bytes. */
const servesBursts = (bridge: Bridge) => bridge !== "lean";

function bridgesOf({ c, python }: Toolchain, against: boolean): Bridge[] {
  const bridges: Bridge[] = c === undefined ? ["ours"] : ["c", "ours"];
  if (against) return [...bridges, "against"];
  return python === undefined ? [...bridges, "lean", "plain"] : [...bridges, "python", "lean", "plain"];
}

function tell(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

const seriesOf = <Rounds>(all: All<Rounds>, values: (rounds: Rounds) => readonly number[]): Series =>
  new Map([...all].map(([bridge, rounds]) => [bridge, values(rounds)]));
const warmSeries = (all: All<WarmRounds>, session: SessionName, figure: keyof Taken): Series =>
  seriesOf(all, (rounds) => rounds[session].map((taken) => taken[figure]));
const coldSeries = (all: All<ColdRounds>, session: (typeof loadNames)[number], figure: keyof Taken): Series =>
  seriesOf(all, (rounds) => rounds[session].map((taken) => taken[figure]));
const startSeries = (all: All<ColdRounds>): Series => seriesOf(all, ({ startMs }) => startMs);

function cpuFigures(warm: All<WarmRounds>, cold: All<ColdRounds>): PeerFigure[] {
  const ofWarm: Target = { toC: { atMost: 2.2 }, toPython: { below: 1 } };
  return [
    ...loadNames.map((name) =>
      peerFigure(`CPU a request, warm: ${sessions[name].name}, µs`, warmSeries(warm, name, "cpuUs"), ofWarm),
    ),
    ...loadNames.map((name) =>
      peerFigure(`CPU a request, first 500: ${sessions[name].name}, µs`, coldSeries(cold, name, "cpuUs"), {
        toC: { atMost: 5 },
      }),
    ),
  ];
}

function latencyFigures(warm: All<WarmRounds>): PeerFigure[] {
  const isPaced = (name: SessionName) => (pacedNames as readonly SessionName[]).includes(name);
  return sessionNames.flatMap((name) => [
    peerFigure(
      `${sessions[name].name}: p50, ms`,
      warmSeries(warm, name, "p50Ms"),
      isPaced(name) ? { toC: { atMost: 1.02 } } : {},
    ),
    peerFigure(`${sessions[name].name}: p99, ms`, warmSeries(warm, name, "p99Ms"), {
      toC: { atMost: isPaced(name) ? 1.06 : 5 },
    }),
    peerFigure(`${sessions[name].name}: max, ms`, warmSeries(warm, name, "maxMs")),
  ]);
}

function otherFigures(warm: All<WarmRounds>, cold: All<ColdRounds>): PeerFigure[] {
  return [
    peerFigure("eight in flight: requests/s", warmSeries(warm, "inFlight", "perSecond"), { toC: { atLeast: 0.99 } }),
    ...loadNames.map((name) =>
      peerFigure(`context switches a request: ${sessions[name].name}`, warmSeries(warm, name, "contextSwitches")),
    ),
    peerFigure("start to the first reply, ms", startSeries(cold), { atMost: 85 }),
  ];
}

/** Ours to the other build, round by round: the figures that a change is judged by. */
function comparison(warm: All<WarmRounds>, cold: All<ColdRounds>): string {
  const line = (name: string, of: Series) => `${ratioOf(of, "ours", "against").toFixed(3)} × ${name}`;
  return [
    "ours to the other build, median of the rounds' ratios:",
    ...loadNames.map((name) => line(`CPU warm, ${sessions[name].name}`, warmSeries(warm, name, "cpuUs"))),
    ...loadNames.map((name) => line(`CPU cold, ${sessions[name].name}`, coldSeries(cold, name, "cpuUs"))),
    ...sessionNames.map((name) => line(`p50, ${sessions[name].name}`, warmSeries(warm, name, "p50Ms"))),
    ...sessionNames.map((name) => line(`p99, ${sessions[name].name}`, warmSeries(warm, name, "p99Ms"))),
    line("requests/s, eight in flight", warmSeries(warm, "inFlight", "perSecond")),
    line("start to the first reply", startSeries(cold)),
  ].join("\n");
}
