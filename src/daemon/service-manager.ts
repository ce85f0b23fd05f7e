import { type StatusFacts, statusText } from "../observe/status-text.ts";
import type { Log } from "../runtime/logger.ts";
import type { HealthFacts } from "../systemd/health.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { startWatchdog } from "../systemd/watchdog.ts";

/** Durations in the status are in minutes, and each message runs a program: some 10 ms of CPU, more on a Pi. */
const statusMs = 60_000;

/** A cable with a loose contact must not run a program for each change. */
const statusPauseMs = 1000;

/** What the watchdog needs to know about the daemon's health; it measures the rest itself. */
export type DaemonHealth = Omit<HealthFacts, "loopLagMs">;

export interface ServiceParts {
  readonly notifier: Notifier;
  readonly health: () => DaemonHealth;
  readonly status: () => StatusFacts;
  readonly log: Log;
}

/** What the service manager is told. */
export interface ServiceManager {
  /** A connection has come or gone. */
  connectionChanged(): void;
  reloading(): void;
  reloaded(): void;
  stopping(): void;
}

/**
 * Keeps systemd informed from the start until `stopping`, if systemd has started the daemon.
 *
 * Ready means ready to work, not connected: a site may be without network for days, and neither "systemctl start" nor the boot may
 * wait for that. The status says what is away.
 */
export function superviseService({ notifier, health, status, log }: ServiceParts): ServiceManager {
  // From the first moment on: after the first beat, systemd watches a start too.
  const watchdog = startWatchdog(notifier, health, log);
  let soon: NodeJS.Timeout | undefined;
  const regularly = setInterval(sayStatus, statusMs).unref();

  function sayStatus(): void {
    clearTimeout(soon);
    soon = undefined;
    notifier.status(statusText(status()));
  }

  notifier.ready();
  sayStatus();

  return {
    connectionChanged() {
      soon ??= setTimeout(sayStatus, statusPauseMs).unref();
    },
    reloading: () => notifier.reloading(),
    reloaded: () => notifier.ready(),
    stopping() {
      clearTimeout(soon);
      clearInterval(regularly);
      watchdog.stop();
      notifier.stopping();
    },
  };
}
