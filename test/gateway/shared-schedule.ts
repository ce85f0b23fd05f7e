import type { Instant } from "../../src/core/instant.ts";
import type { ProcessFault } from "../core/process-faults.ts";
import type { SeededRandom } from "../support/seeded-random.ts";

/** How often what befalls several boards at a time happens at most; each world draws how often it does. */
const countsMax = {
  session_lost: 2,
  suspended: 1,
  starved: 1,
  asleep: 1,
  killed: 1,
  /** All boards are asked at the same time, under one processID. */
  volley: 20,
  /** The hub takes one board off the session. */
  board_down: 2,
  /** A reload adds a board, which is asked under processIDs of the others, and another one takes it away. */
  guest: 2,
} as const satisfies Partial<Record<ProcessFault | "volley" | "board_down" | "guest", number>>;

export interface SharedEntry {
  readonly at: Instant;
  readonly kind: keyof typeof countsMax | "drain";
  /** What else there is to draw of it. */
  readonly seed: number;
}

/** What befalls several boards in the first `busyMs` of a world, in no order. */
export function drawShared(random: SeededRandom, busyMs: number): SharedEntry[] {
  const entries: SharedEntry[] = [];
  const add = (kind: SharedEntry["kind"], fromMs = 0) =>
    entries.push({ at: random.whole(fromMs, busyMs), kind, seed: random.seed() });
  for (const [kind, countMax] of Object.entries(countsMax) as [keyof typeof countsMax, number][]) {
    for (let left = random.whole(0, countMax); left > 0; left--) add(kind);
  }
  if (random.chance(0.15)) add("drain", Math.floor(busyMs * 0.8));
  return entries;
}
