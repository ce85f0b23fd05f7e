/**
 * Plays random worlds, as many as are asked for, and looks for one that breaks a promise:
 *
 *     npm run search -- --worlds 100000 --seed 7     the worlds 7, 8, 9, …
 *     npm run search -- --shrink 4711                 tells one world, shrunk to what breaks the promise
 *     npm run search -- --kinds echo,busy            with some kinds of fault only (test/core/kinds.ts)
 *     npm run search -- --boards                      worlds of several boards around one gateway; with --shrink, too
 *
 * Seed and number name a world, and play it again wherever the code is the same. Ends with 1 at the first that fails.
 */
import { type ChildProcess, fork } from "node:child_process";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { tellShrunkBoards } from "../gateway/boards-shrinker.ts";
import { BoardsWorld } from "../gateway/boards-world.ts";
import { Coverage, type CoverageCounts } from "./coverage.ts";
import { kindsNamed, usualKinds } from "./kinds.ts";
import { tellShrunk } from "./shrinker.ts";
import { World } from "./world.ts";

/** What is given to a process at a time: about a second of work. */
const shareMax = 500;
const boardsShareMax = 50;

const progressEveryMs = 30_000;

interface Share {
  readonly firstSeed: number;
  readonly worldCount: number;
}

interface Played {
  readonly counted: CoverageCounts;
  /** Undefined where no world broke a promise. */
  readonly failedSeed: number | undefined;
}

function play({ firstSeed, worldCount }: Share): Played {
  const coverage = new Coverage();
  for (let seed = firstSeed; seed < firstSeed + worldCount; seed++) {
    if (violationsOf(seed, coverage).length > 0) return { counted: coverage.counted, failedSeed: seed };
  }
  return { counted: coverage.counted, failedSeed: undefined };
}

function violationsOf(seed: number, coverage: Coverage): readonly string[] {
  if (values.boards) {
    const world = new BoardsWorld(seed, { coverage, kinds });
    world.run();
    return world.violations;
  }
  const world = new World(seed, { coverage, kinds });
  world.run();
  return world.oracle.violations;
}

function told(seed: number): string {
  return values.boards ? tellShrunkBoards(seed, kinds) : tellShrunk(seed, kinds);
}

function search(firstSeed: number, worldCount: number, processCount: number): void {
  const coverage = new Coverage();
  const startedAt = performance.now();
  const endSeed = firstSeed + worldCount;
  let nextSeed = firstSeed;
  let lastNew = 0;
  const players = Array.from({ length: processCount }, () =>
    fork(import.meta.filename, ["--player", "--kinds", values.kinds, ...(values.boards ? ["--boards"] : [])]),
  );
  const progress = setInterval(() => say("so far"), progressEveryMs);
  for (const player of players) {
    player.on("message", (played: Played) => take(player, played));
    player.once("exit", (code) => {
      if (code !== 0) finish(1, `a process ended with ${code}`);
    });
    giveShare(player);
  }

  function giveShare(player: ChildProcess): void {
    const worldCount = Math.min(values.boards ? boardsShareMax : shareMax, endSeed - nextSeed);
    if (worldCount > 0) player.send({ firstSeed: nextSeed, worldCount } satisfies Share);
    else player.disconnect();
    nextSeed += worldCount;
  }

  function take(player: ChildProcess, { counted, failedSeed }: Played): void {
    const knownCount = coverage.pairCount;
    coverage.add(counted);
    if (coverage.pairCount > knownCount) lastNew = coverage.worldCount;
    if (failedSeed !== undefined) {
      finish(
        1,
        `${told(failedSeed)}\nworld ${failedSeed} breaks a promise: npm run search -- ${values.boards ? "--boards " : ""}--shrink ${failedSeed}`,
      );
    } else if (coverage.worldCount === worldCount) {
      say("no promise was broken");
      finish(0, coverage.describe());
    } else giveShare(player);
  }

  function say(what: string): void {
    const seconds = (performance.now() - startedAt) / 1000;
    const each = ((seconds * 1000 * processCount) / Math.max(1, coverage.worldCount)).toFixed(2);
    console.log(
      `${what}: ${coverage.worldCount} worlds from seed ${firstSeed} in ${seconds.toFixed(0)} s (${each} ms each), ` +
        `${coverage.count("request")} requests, ${(coverage.writtenShare * 100).toFixed(0)} % of them written to the MCU, ${coverage.stepCount} steps, served again after ${coverage.recoveryMsMax.toFixed(0)} ms ` +
        `at most, ${coverage.pairCount} pairs of events, the last new one by world ${lastNew}`,
    );
  }

  function finish(exitCode: number, text: string): void {
    clearInterval(progress);
    console.log(text);
    process.exitCode = exitCode;
    for (const player of players) {
      player.removeAllListeners("exit");
      player.kill();
    }
  }
}

const { values } = parseArgs({
  options: {
    worlds: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    processes: { type: "string", default: "1" },
    shrink: { type: "string" },
    kinds: { type: "string", default: [...usualKinds].join(",") },
    boards: { type: "boolean", default: false },
    player: { type: "boolean", default: false },
  },
});

const kinds = kindsNamed(values.kinds);

if (values.player) process.on("message", (share: Share) => process.send?.(play(share)));
else if (values.shrink !== undefined) console.log(told(whole(values.shrink)));
else search(whole(values.seed), whole(values.worlds), whole(values.processes));

function whole(text: string): number {
  if (!/^\d+$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}
