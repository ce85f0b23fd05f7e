import { Coverage } from "./coverage.ts";
import { type Kind, usualKinds } from "./kinds.ts";
import { World } from "./world.ts";

/**
 * A world that breaks a promise, told with as few entries of its fault schedule as still break one: what is left out is tried in
 * halves, then in ever smaller parts, down to single ones. Without violations, the whole world.
 */
export function tellShrunk(seed: number, kinds: ReadonlySet<Kind> = usualKinds): string {
  const without = shrink(seed, kinds);
  const lines: string[] = [];
  const world = play(seed, kinds, without, (line) => lines.push(line));
  const total = world.schedule.length;
  return [
    `world ${seed}, with ${total - without.size} of the ${total} entries of its fault schedule`,
    ...lines,
    ...violationsOf(world),
  ].join("\n");
}

function shrink(seed: number, kinds: ReadonlySet<Kind>): ReadonlySet<number> {
  let without: ReadonlySet<number> = new Set();
  const whole = play(seed, kinds, without);
  if (whole.oracle.violations.length === 0) return without;
  const total = whole.schedule.length;
  for (let size = Math.ceil(total / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < total; from += size) {
      const part = Array.from({ length: Math.min(size, total - from) }, (_, index) => from + index);
      const less = new Set([...without, ...part]);
      if (less.size > without.size && play(seed, kinds, less).oracle.violations.length > 0) without = less;
    }
  }
  return without;
}

function play(
  seed: number,
  kinds: ReadonlySet<Kind>,
  without: ReadonlySet<number>,
  tell?: (line: string) => void,
): World {
  const world = new World(seed, { coverage: new Coverage(), kinds, without, ...(tell && { tell }) });
  world.run();
  return world;
}

function violationsOf({ oracle }: World): string[] {
  return oracle.violations.map((what) => `violation: ${what}`);
}
