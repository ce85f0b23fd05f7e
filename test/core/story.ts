import { type Kind, usualKinds } from "./kinds.ts";
import { Tally } from "./tally.ts";
import { World } from "./world.ts";

/**
 * A world that breaks a promise, told with as few of its happenings as still break one: what is left out is tried in
 * halves, then in ever smaller parts, down to single ones. Without violations, the whole world.
 */
export function tellStory(seed: number, kinds: ReadonlySet<Kind> = usualKinds): string {
  const without = shrink(seed, kinds);
  const lines: string[] = [];
  const world = play(seed, kinds, without, (line) => lines.push(line));
  const total = world.happenings.length;
  return [
    `world ${seed}, with ${total - without.size} of its ${total} happenings`,
    ...lines,
    ...violationsOf(world),
  ].join("\n");
}

function shrink(seed: number, kinds: ReadonlySet<Kind>): ReadonlySet<number> {
  let without: ReadonlySet<number> = new Set();
  const whole = play(seed, kinds, without);
  if (whole.judge.violations.length === 0) return without;
  const total = whole.happenings.length;
  for (let size = Math.ceil(total / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < total; from += size) {
      const part = Array.from({ length: Math.min(size, total - from) }, (_, index) => from + index);
      const less = new Set([...without, ...part]);
      if (less.size > without.size && play(seed, kinds, less).judge.violations.length > 0) without = less;
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
  const world = new World(seed, { tally: new Tally(), kinds, without, ...(tell && { tell }) });
  world.run();
  return world;
}

function violationsOf({ judge }: World): string[] {
  return judge.violations.map((what) => `violation: ${what}`);
}
