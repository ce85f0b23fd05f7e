import { performance } from "node:perf_hooks";
import type { Instant } from "../core/instant.ts";
import { beatMs, detectSuspension, type Suspension } from "./suspension.ts";
import { processTime } from "./time.ts";

export interface Clock {
  /** Monotonic; time that the machine slept counts. */
  now(): Instant;
  /** The suspension whose backlog is being read at `at`, if there is one. */
  suspension(at: Instant): Suspension | undefined;
  /** A message of so many bytes has come from the hub. */
  read(byteCount: number): void;
  /** Rings once at `at`, or as soon as may be after; instead of any earlier setting. Undefined: not at all. */
  setAlarm(at: Instant | undefined, ring: () => void): void;
}

/**
 * The monotonic clock with one alarm; time that the machine slept counts. A running timer is kept when the alarm moves to
 * a later instant, which nearly every request does: it rings early once and is set anew, instead of being replaced each
 * time.
 *
 * @param onSlept called when the machine has slept: timers do not count that time.
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
    // Not what the process lives for: the last alarm, seconds away, must not hold up its end.
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
