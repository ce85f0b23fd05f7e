import { performance } from "node:perf_hooks";
import type { Log } from "../runtime/logger.ts";
import { type HealthFacts, type HealthFault, healthFault } from "./health.ts";
import type { Notifier } from "./notifier.ts";

/** Long enough for every timer that is due by now to fire first; short against any watchdog interval. */
const lagProbeMs = 100;

/** How soon an unhealthy daemon is examined again: a short fault, such as a SIGSTOP, must not end it. */
const recheckMs = 1000;

/**
 * Beats at half of systemd's interval while the daemon is healthy. When it is not, the cause is logged and the beats stop until it
 * is healthy again or systemd ends it. Does nothing if systemd expects no beats.
 */
export function startWatchdog(
  notifier: Pick<Notifier, "watchdogMs" | "beat">,
  facts: () => Omit<HealthFacts, "loopLagMs">,
  log: Log,
): { stop(): void } {
  const { watchdogMs } = notifier;
  if (watchdogMs === undefined) return { stop() {} };
  const beatMs = watchdogMs / 2;
  let wasHealthy = true;
  let timer = schedule(probe, 0);

  function probe(): void {
    timer = examineHealth(facts, check);
  }

  function check(fault: HealthFault | undefined): void {
    if (fault === undefined) {
      if (!wasHealthy) log.say("warn", "watchdog healthy", "healthy again: systemd gets its signs of life");
      notifier.beat();
    } else {
      log.say("error", `watchdog ${fault.cause}`, `unhealthy, no sign of life to systemd: ${fault.text}`);
    }
    wasHealthy = fault === undefined;
    timer = schedule(probe, Math.max(0, (wasHealthy ? beatMs : Math.min(recheckMs, beatMs)) - lagProbeMs));
  }

  return { stop: () => clearTimeout(timer) };
}

/**
 * Calls `then` with the first fault of the daemon, if there is one, after one round of the event loop: what is still overdue then is
 * overdue because of a fault, not because of a suspension that has ended.
 */
export function examineHealth(
  facts: () => Omit<HealthFacts, "loopLagMs">,
  then: (fault: HealthFault | undefined) => void,
): NodeJS.Timeout {
  const dueAtMs = performance.now() + lagProbeMs;
  return schedule(() => then(healthFault({ ...facts(), loopLagMs: performance.now() - dueAtMs })), lagProbeMs);
}

function schedule(then: () => void, ms: number): NodeJS.Timeout {
  return setTimeout(then, ms).unref();
}
