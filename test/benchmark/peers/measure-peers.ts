// The daemon beside bridges in C, Python and plain Node.js, none of which checks anything; or beside another build of itself.
import type { Bench } from "../bench.ts";
import type { Bridge } from "../bridges.ts";
import { type PeerFigure, peerFigure, peerTableOf, ratioOf, type Series, type Target } from "./peer-figure.ts";
import { type AllRounds, type BridgeRounds, measureWarm } from "./rounds.ts";
import { loadNames, pacedNames, type SessionName, sessionNames, sessions, type Taken } from "./sessions.ts";

export interface PeersSize {
  readonly rounds: { readonly cold: number; readonly warm: number };
}

export interface PeersResult {
  readonly table: string;
  readonly met: boolean;
}

/** @param against whether another build takes the place of Python and plain Node.js */
export async function measurePeers(bench: Bench, against: boolean, size: PeersSize): Promise<PeersResult | undefined> {
  const { toolchain } = bench;
  for (const sentence of toolchain.leftOut) process.stderr.write(`${sentence}\n`);
  if (toolchain.mcu === undefined) return undefined;
  const bridges: Bridge[] = [
    ...(toolchain.c === undefined ? [] : ["c" as const]),
    "ours",
    ...(against ? ["against" as const] : []),
    ...(toolchain.python === undefined || against ? [] : ["python" as const]),
    ...(against ? [] : ["plain" as const]),
  ];
  const all = await measureWarm(bench, toolchain.mcu, bridges, size.rounds);
  const figures = [...cpuFigures(all), ...latencyFigures(all), ...otherFigures(all)];
  const table = peerTableOf(figures, bridges);
  return { table: against ? `${table}\n\n${comparison(all)}` : table, met: figures.every(({ met }) => met !== false) };
}

const series = (all: AllRounds, values: (rounds: BridgeRounds) => readonly number[]): Series =>
  new Map([...all].map(([bridge, rounds]) => [bridge, values(rounds)]));
const warm = (all: AllRounds, session: SessionName, figure: keyof Taken): Series =>
  series(all, (rounds) => rounds.warm[session].map((taken) => taken[figure]));
const cold = (all: AllRounds, session: (typeof loadNames)[number], figure: keyof Taken): Series =>
  series(all, (rounds) => rounds.cold[session].map((taken) => taken[figure]));

function cpuFigures(all: AllRounds): PeerFigure[] {
  const ofWarm: Target = { toC: { atMost: 2.2 }, toPython: { below: 1 } };
  return [
    ...loadNames.map((name) =>
      peerFigure(`CPU a request, warm: ${sessions[name].name}, µs`, warm(all, name, "cpuUs"), ofWarm),
    ),
    ...loadNames.map((name) =>
      peerFigure(`CPU a request, first 500: ${sessions[name].name}, µs`, cold(all, name, "cpuUs"), {
        toC: { atMost: 5 },
      }),
    ),
  ];
}

function latencyFigures(all: AllRounds): PeerFigure[] {
  const isPaced = (name: SessionName) => (pacedNames as readonly SessionName[]).includes(name);
  return sessionNames.flatMap((name) => [
    peerFigure(
      `${sessions[name].name}: p50, ms`,
      warm(all, name, "p50Ms"),
      isPaced(name) ? { toC: { atMost: 1.02 } } : {},
    ),
    peerFigure(`${sessions[name].name}: p99, ms`, warm(all, name, "p99Ms"), {
      toC: { atMost: isPaced(name) ? 1.06 : 5 },
    }),
    peerFigure(`${sessions[name].name}: max, ms`, warm(all, name, "maxMs")),
  ]);
}

function otherFigures(all: AllRounds): PeerFigure[] {
  return [
    peerFigure("eight in flight: requests/s", warm(all, "inFlight", "perSecond"), { toC: { atLeast: 0.99 } }),
    ...loadNames.map((name) =>
      peerFigure(`context switches a request: ${sessions[name].name}`, warm(all, name, "contextSwitches")),
    ),
    peerFigure(
      "start to the first response, ms",
      series(all, ({ startMs }) => startMs),
      { atMost: 85 },
    ),
  ];
}

/** Ours to the other build, round by round: the figures that a change is judged by. */
function comparison(all: AllRounds): string {
  const line = (name: string, of: Series) => `${ratioOf(of, "ours", "against").toFixed(3)} × ${name}`;
  return [
    "ours to the other build, median of the rounds' ratios:",
    ...loadNames.map((name) => line(`CPU warm, ${sessions[name].name}`, warm(all, name, "cpuUs"))),
    ...loadNames.map((name) => line(`CPU cold, ${sessions[name].name}`, cold(all, name, "cpuUs"))),
    ...sessionNames.map((name) => line(`p50, ${sessions[name].name}`, warm(all, name, "p50Ms"))),
    ...sessionNames.map((name) => line(`p99, ${sessions[name].name}`, warm(all, name, "p99Ms"))),
    line("requests/s, eight in flight", warm(all, "inFlight", "perSecond")),
    line(
      "start to the first response",
      series(all, ({ startMs }) => startMs),
    ),
  ].join("\n");
}
