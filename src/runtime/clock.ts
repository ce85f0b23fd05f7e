import { performance } from "node:perf_hooks";
import type { Instant } from "../core/instant.ts";
import { beatMs, detectSuspension, type Suspension } from "./suspension.ts";
import { processTime } from "./time.ts";

export interface Clock {
  /** Monotonic; time that the machine slept counts. */
  now(): Instant;
  /** The suspension whose backlog is being read at `at`, if there is one. */
  suspension(at: Instant): Suspension | undefined;
  /** A message of this size has come, from the hub or from a caller at this machine. */
  read(byteCount: number): void;
  /** Calls `ring` once, at `at` or as soon as possible after it, instead of any earlier alarm. Undefined: no alarm. */
  setAlarm(at: Instant | undefined, ring: () => void): void;
}

/**
 * The monotonic clock, with one alarm. The time that the machine slept counts. When the alarm moves to a later instant, as with nearly
 * every request, the running timer is kept: it fires early once and is then set again, instead of being replaced each time.
 *
 * @param onSlept called when the machine has slept: timers do not count that time
 */
export function monotonicClock(onSlept: (sleptMs: number) => void = () => {}): Clock {
  const { now } = processTime;
  const suspension = detectSuspension({ now, idleMs: () => performance.nodeTiming.idleTime });
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let alarm: { at: Instant; ring: () => void } | undefined;
  let sleptBefore = 0;

  function arm(at: Instant): void {
    clearTimeout(timer);
    timerAt = at;
    // It does not keep the process alive: the last alarm may be seconds away.
    timer = setTimeout(expired, Math.max(0, Math.ceil(at - now()))).unref();
  }

  function expired(): void {
    timer = undefined;
    timerAt = Number.POSITIVE_INFINITY;
    if (alarm === undefined) return;
    if (now() < alarm.at) {
      arm(alarm.at);
      return;
    }
    const { ring } = alarm;
    alarm = undefined;
    ring();
  }

  function beat(): void {
    processTime.check();
    suspension.look(now());
    const moreMs = processTime.sleptMs() - sleptBefore;
    if (moreMs === 0) return;
    sleptBefore += moreMs;
    if (alarm !== undefined) arm(alarm.at);
    onSlept(moreMs);
  }

  setInterval(beat, beatMs).unref();

  return {
    now,
    suspension: suspension.look,
    read: suspension.read,
    setAlarm(at, ring) {
      alarm = at === undefined ? undefined : { at, ring };
      if (at !== undefined && at < timerAt) arm(at);
    },
  };
}
