import { Coverage } from "./coverage.ts";
import { type Kind, usualKinds } from "./kinds.ts";
import { World } from "./world.ts";

/** A world that was played, in whatever part. */
export interface PlayedWorld {
  readonly violations: readonly string[];
  /** How many entries its fault schedule has, those that were left out too. */
  readonly scheduleLength: number;
}

export type PlayWorld = (without: ReadonlySet<number>, tell?: (line: string) => void) => PlayedWorld;

/** One that breaks a promise, told with as few entries of its fault schedule as still break one. Without violations, the whole world. */
export function tellShrunk(seed: number, kinds: ReadonlySet<Kind> = usualKinds): string {
  return tellShrunkWorld(seed, (without, tell) => {
    const world = new World(seed, { coverage: new Coverage(), kinds, without, ...(tell && { tell }) });
    world.run();
    return { violations: world.oracle.violations, scheduleLength: world.schedule.length };
  });
}

/** What is left out is tried in halves, then in ever smaller parts, down to single ones. */
export function tellShrunkWorld(seed: number, play: PlayWorld): string {
  const without = shrink(play);
  const lines: string[] = [];
  const { violations, scheduleLength } = play(without, (line) => lines.push(line));
  return [
    `world ${seed}, with ${scheduleLength - without.size} of the ${scheduleLength} entries of its fault schedule`,
    ...lines,
    ...violations.map((what) => `violation: ${what}`),
  ].join("\n");
}

function shrink(play: PlayWorld): ReadonlySet<number> {
  let without: ReadonlySet<number> = new Set();
  const { violations, scheduleLength: total } = play(without);
  if (violations.length === 0) return without;
  for (let size = Math.ceil(total / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < total; from += size) {
      const part = Array.from({ length: Math.min(size, total - from) }, (_, index) => from + index);
      const less = new Set([...without, ...part]);
      if (less.size > without.size && play(less).violations.length > 0) without = less;
    }
  }
  return without;
}
