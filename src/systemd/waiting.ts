import type { Notifier } from "./notifier.ts";

/**
 * Tells systemd that the service has started, waits, and for what; and that it is alive, until `end`. Ready means that
 * nobody else has to wait: who starts the service, or the end of the boot.
 */
export function tellWaiting(notifier: Notifier, status: string): { end(): void } {
  notifier.ready();
  notifier.status(status);
  if (notifier.watchdogMs === undefined) return { end() {} };
  notifier.beat();
  const beats = setInterval(() => notifier.beat(), notifier.watchdogMs / 2);
  return { end: () => clearInterval(beats) };
}
