import type { Instant } from "../../src/core/instant.ts";
import type { SeededRandom } from "../support/seeded-random.ts";

/** How often each kind of trouble happens in a world at most; each world draws how often it does, or that it does not. */
const countsMax = {
  link_lost: 3,
  session_lost: 3,
  mcu_reset: 2,
  /** It comes up, and falls over again, several times in a row. */
  mcu_reset_loop: 1,
  /** Silent for a time: what it is sent then is lost. */
  mcu_asleep: 2,
  /** The port takes nothing more, until it is closed. */
  write_stalled: 2,
  /** The port takes the next write late. */
  write_held: 2,
  stray_line: 3,
  /** Many lines, or one without an end, that nobody asked for. */
  babble: 1,
  /** The process is stopped, or the machine too busy. */
  stand_still: 1,
  /** Many requests at once. */
  flood: 1,
  /** Other options while it runs. */
  reload: 1,
  /** The process dies and is started again; hub and MCU notice nothing. */
  killed: 1,
} as const;

export type HappeningKind = keyof typeof countsMax | "request" | "drain";

/** Something that comes to the gateway from outside, drawn in advance. */
export interface Happening {
  readonly at: Instant;
  readonly kind: HappeningKind;
  /** What else there is to draw of it: so each stays what it is when others are left out. */
  readonly seed: number;
}

/** Everything that happens in a world of so many ms, in no order. */
export function drawHappenings(random: SeededRandom, busyMs: number): Happening[] {
  const happenings: Happening[] = [];
  const add = (at: Instant, kind: HappeningKind) => happenings.push({ at, kind, seed: random.seed() });
  const betweenMs = random.pick([20, 60, 150, 150, 150, 150, 400, 400, 400, 800, 800, 800]);
  for (let at = 0; at < busyMs; at += random.whole(0, 2 * betweenMs)) add(at, "request");
  for (const [kind, countMax] of Object.entries(countsMax) as [keyof typeof countsMax, number][]) {
    const count = random.whole(0, countMax);
    for (let index = 0; index < count; index++) add(random.whole(0, busyMs), kind);
  }
  if (random.chance(0.2)) add(random.whole(busyMs / 2, busyMs), "drain");
  return happenings;
}
