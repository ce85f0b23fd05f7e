import type { Instant } from "../../src/core/instant.ts";
import type { SeededRandom } from "../support/seeded-random.ts";
import { aspectOf } from "./aspects.ts";
import type { Kind } from "./kinds.ts";
import type { Scenario } from "./scenario.ts";

/** How often each fault happens in a world at most; each world draws how often it does, or that it does not. */
const countsMax = {
  link_lost: 1,
  session_lost: 2,
  mcu_reset: 2,
  /** It comes up, and falls over again, several times in a row. */
  mcu_reset_loop: 1,
  /** Silent for a time: what it is sent then is lost. */
  mcu_asleep: 1,
  /** The port takes nothing more, until it is closed. */
  write_stalled: 1,
  /** The port takes the next write late. */
  write_held: 2,
  stray_line: 3,
  /** Many lines, or one without an end, that nobody asked for. */
  babble: 1,
  /** The process is stopped, or the machine too busy. */
  suspended: 1,
  /** Many requests at once. */
  flood: 1,
  /** Other options while it runs. */
  reload: 1,
  /** The process dies and is started again; hub and MCU notice nothing. */
  killed: 1,
} as const;

/**
 * Those that are drawn with a kind only, and how often they happen at most. A new one belongs here: it has a seed of its own,
 * and changes nothing of what is drawn without it.
 */
const moreCountsMax = {
  /** The cable is pulled while the next line is on it. */
  line_cut: ["half_line", 1],
  mcu_busy: ["busy", 2],
  mcu_stuck: ["stuck", 1],
  flow_held: ["flow_control", 2],
  asleep: ["sleep", 1],
  starved: ["starved", 1],
  same_id: ["same_id", 4],
  open_reload: ["open_reload", 2],
  release: ["released", 1],
  /** Requests from this machine, now and then without a pause. */
  local_load: ["local", 2],
  /** The MCU is asked for its hello by somebody at this machine. */
  local_probe: ["local", 1],
} as const satisfies Record<string, readonly [Kind, number]>;

type MoreKind = keyof typeof moreCountsMax;

export type EntryKind = keyof typeof countsMax | MoreKind | "request" | "drain";

/** Where the hub has few ids it asks so seldom that most are free again. */
const fewIdsMs = 600;

/** Something that comes to the gateway from outside, drawn in advance. */
export interface ScheduleEntry {
  readonly at: Instant;
  readonly kind: EntryKind;
  /** What else there is to draw of it: so each stays what it is when others are left out. */
  readonly seed: number;
}

/**
 * What the hub sends and what goes wrong in a world of so many ms, in no order.
 * @param paceMs how often its MCU can be asked: some worlds ask more often, most less, so that most requests reach it.
 */
export function drawFaultSchedule(
  random: SeededRandom,
  seed: number,
  { busyMs, kinds, reusesIds, hasFlowControl, idCount = Number.POSITIVE_INFINITY }: Scenario,
  paceMs: number,
): ScheduleEntry[] {
  const schedule: ScheduleEntry[] = [];
  const add = (at: Instant, kind: EntryKind) => schedule.push({ at, kind, seed: random.seed() });
  const betweenMs = Math.ceil(Math.max(idCount < 100 ? fewIdsMs : 100, paceMs) * random.pick([1, 3, 4, 6, 8]));
  for (let at = 0; at < busyMs; at += random.whole(1, 2 * betweenMs)) add(at, "request");
  for (const [kind, countMax] of Object.entries(countsMax) as [keyof typeof countsMax, number][]) {
    const count = random.whole(0, countMax);
    for (let index = 0; index < count; index++) add(random.whole(0, busyMs), kind);
  }
  if (random.chance(0.15)) add(random.whole(busyMs * 0.8, busyMs), "drain");
  for (const [name, [kind, countMax]] of Object.entries(moreCountsMax) as [MoreKind, readonly [Kind, number]][]) {
    const more = aspectOf(seed, name);
    const isPossible = { same_id: reusesIds, flow_control: hasFlowControl };
    const isDrawn = kinds.has(kind) && (isPossible[kind as keyof typeof isPossible] ?? true);
    const count = isDrawn ? Math.max(0, more.whole(-countMax, countMax)) : 0;
    for (let index = 0; index < count; index++)
      schedule.push({ at: more.whole(0, busyMs), kind: name, seed: more.seed() });
  }
  return schedule;
}
