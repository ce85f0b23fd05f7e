import { uptime } from "node:os";
import { performance } from "node:perf_hooks";
import type { Instant } from "../core/instant.ts";

/** The clocks of this machine, in ms. */
export interface ClockSources {
  /** Stands still while the machine sleeps (CLOCK_MONOTONIC). */
  readonly awakeMs: () => number;
  /** Goes on meanwhile, and jumps when it is set (CLOCK_REALTIME). */
  readonly wallMs: () => number;
  /** Goes on meanwhile, and never jumps (CLOCK_BOOTTIME); in whole seconds where /proc/uptime cannot be read. */
  readonly uptimeMs: () => number;
}

/** Both clocks run at the same rate, whatever corrects it: more than the wall clock's whole milliseconds is a jump. */
const jumpMs = 50;

/** What /proc/uptime (hundredths of a second) and whole seconds leave open. */
const resolutionMs = { fine: 30, whole: 1030 };

export interface MonotonicTime {
  now(): Instant;
  /** Looks whether the machine has slept. */
  check(): void;
  /** How long it has slept since the start. */
  sleptMs(): number;
}

/**
 * The monotonic clock, with the time that the machine slept. `os.uptime()` decides how long that was, because the wall
 * clock also jumps when it is set; it is asked when the wall clock has jumped, and by `check`, because 15 µs are too much
 * for each look at the time. The wall clock then tells the length to the millisecond.
 */
export function monotonicTime(sources: ClockSources): MonotonicTime {
  const { awakeMs, wallMs, uptimeMs } = sources;
  let sleptMs = 0;
  let wallLead = wallMs() - awakeMs();
  // In this order: a process that is stopped in between takes it for too long, and so no later look finds a sleep in it.
  let uptimeLead = -awakeMs() + uptimeMs();

  function check(): void {
    const lead = wallMs() - awakeMs();
    const jump = lead - wallLead;
    wallLead = lead;
    const up = uptimeMs();
    // In this order: a process that is stopped in between takes the sleep for too short, and the next look mends it.
    const grown = up - awakeMs() - uptimeLead;
    const openMs = Number.isInteger(up / 1000) ? resolutionMs.whole : resolutionMs.fine;
    if (jump > jumpMs && grown > jump - openMs && grown < jump + openMs) slept(jump);
    else if (grown > openMs) slept(grown);
    // Of whole seconds the largest lead is the right one.
    else if (grown > 0) uptimeLead += grown;
  }

  function slept(ms: number): void {
    sleptMs += ms;
    uptimeLead += ms;
  }

  return {
    now() {
      const awake = awakeMs();
      if (Math.abs(wallMs() - awake - wallLead) > jumpMs) check();
      return awake + sleptMs;
    },
    check,
    sleptMs: () => sleptMs,
  };
}

/** The time of this process: every instant in it is one of this clock's. */
export const processTime = monotonicTime({
  awakeMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeMs: () => uptime() * 1000,
});
