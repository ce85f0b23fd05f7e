import { performance } from "node:perf_hooks";
import type { Instant } from "../core/instant.ts";
import type { Clock } from "../ports.ts";
import { watchStandStill } from "./stand-still.ts";

/**
 * The monotonic clock with one alarm. A running timer is kept when the alarm moves to a later instant, which nearly
 * every request does: it rings early once and is set anew, instead of being replaced each time.
 */
export function monotonicClock(): Clock {
  const now = () => performance.now();
  let timer: NodeJS.Timeout | undefined;
  let timerAt = Number.POSITIVE_INFINITY;
  let alarm: { at: Instant; ring: () => void } | undefined;

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

  return {
    now,
    standStill: watchStandStill(now),
    setAlarm(at, ring) {
      alarm = at === undefined ? undefined : { at, ring };
      if (at !== undefined && at < timerAt) arm(at);
    },
  };
}
