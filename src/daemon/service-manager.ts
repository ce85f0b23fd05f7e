import { type StatusFacts, statusText } from "../observe/status-text.ts";
import type { Log } from "../runtime/logger.ts";
import type { HealthFacts } from "../systemd/health.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { startWatchdog } from "../systemd/watchdog.ts";

/** Durations in the status are in minutes; each message is a program's run, some 10 ms of CPU, more on a Pi. */
const statusMs = 60_000;

/** A cable with a loose contact must not start a program for each of its changes. */
const statusPauseMs = 1000;

/** What is known of the daemon's health outside the watchdog itself. */
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
 * Keeps systemd informed from the start until `stopping`; of nothing where the daemon was not started by systemd.
 *
 * Ready means ready to work, not connected: a site may be without network for days, and whoever starts the service, or
 * waits for the end of the boot, must not wait for that. What is away is in the status.
 */
export function superviseService({ notifier, health, status, log }: ServiceParts): ServiceManager {
  // From the first moment: systemd guards a start too, once it has had a sign of life.
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
