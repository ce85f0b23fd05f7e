import { uptime } from "node:os";
import { performance } from "node:perf_hooks";
import type { Instant } from "../core/instant.ts";

/** The clocks of this machine, in ms. */
export interface ClockSources {
  /** Stops while the machine sleeps (CLOCK_MONOTONIC). */
  readonly awakeMs: () => number;
  /** Counts sleep, and jumps when it is set (CLOCK_REALTIME). */
  readonly wallMs: () => number;
  /** Counts sleep, and never jumps (CLOCK_BOOTTIME); in whole seconds if /proc/uptime cannot be read. */
  readonly uptimeMs: () => number;
}

/** Both clocks run at the same rate, whatever adjusts it: a difference beyond the wall clock's whole milliseconds is a jump. */
const jumpMs = 50;

/** The error of /proc/uptime (hundredths of a second), and of whole seconds. */
const resolutionMs = { fine: 30, whole: 1030 };

export interface MonotonicTime {
  now(): Instant;
  /** Checks whether the machine has slept. */
  check(): void;
  /** How long it has slept since the start. */
  sleptMs(): number;
}

/**
 * The monotonic clock plus the time that the machine slept. `os.uptime()` decides whether and how long it slept, because the wall clock
 * also jumps when it is set. It is read only when the wall clock has jumped, and by `check`: its 15 µs are too much for each reading
 * of the time. The wall clock then gives the length to the millisecond.
 */
export function monotonicTime(sources: ClockSources): MonotonicTime {
  const { awakeMs, wallMs, uptimeMs } = sources;
  let sleptMs = 0;
  let wallLead = wallMs() - awakeMs();
  // In this order: if the process is stopped in between, the lead is too large, and no later check takes that for a sleep.
  let uptimeLead = -awakeMs() + uptimeMs();

  function check(): void {
    const lead = wallMs() - awakeMs();
    const jump = lead - wallLead;
    wallLead = lead;
    const up = uptimeMs();
    // In this order: if the process is stopped in between, the sleep seems too short, and the next check corrects it.
    const grown = up - awakeMs() - uptimeLead;
    const openMs = Number.isInteger(up / 1000) ? resolutionMs.whole : resolutionMs.fine;
    if (jump > jumpMs && grown > jump - openMs && grown < jump + openMs) slept(jump);
    else if (grown > openMs) slept(grown);
    // With whole seconds the largest lead is the right one.
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

/** The clock of this process: every instant is read from it. */
export const processTime = monotonicTime({
  awakeMs: () => performance.now(),
  wallMs: () => Date.now(),
  uptimeMs: () => uptime() * 1000,
});
