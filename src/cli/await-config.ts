import { formatFinding } from "../config/findings.ts";
import type { Config, LoadedConfig } from "../config/load.ts";
import type { Notifier } from "../systemd/notifier.ts";

/** Somebody who has just put a file there does not wait for long; reading some small files again costs a few ms. */
const againMs = 5_000;

/**
 * systemd copies a credential when the service starts: what is missing then can only come with another start. After so
 * long, the rest of the minute is for that start.
 */
const restartMs = 45_000;

/** How the wait ended. `wrong`: by itself, for ever. `restart`: what is missing can only come with a new start. */
export type Awaited =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "wrong" }
  | { readonly kind: "restart" }
  | { readonly kind: "stopped" };

export interface ConfigWait {
  readonly ended: Promise<Awaited>;
  /** Looks again at once. */
  again(): void;
  stop(): void;
}

/**
 * Waits for a configuration that is good in itself until the files that it names are there and good: a certificate or a
 * secret may come later than the service, or be half-written just now. What is missing is told once, and when it changes.
 * systemd is told that the service has started, and gets its signs of life.
 */
export function awaitConfig(
  load: () => LoadedConfig,
  { notifier, tell }: { readonly notifier: Notifier; readonly tell: (line: string) => void },
): ConfigWait {
  let end: (awaited: Awaited) => void = () => {};
  const ended = new Promise<Awaited>((resolve) => {
    end = resolve;
  });
  let told = "";
  let isWaiting = false;
  let isOver = false;
  const timers: NodeJS.Timeout[] = [];

  function finish(awaited: Awaited): void {
    isOver = true;
    for (const timer of timers) clearInterval(timer);
    end(awaited);
  }

  function look(): void {
    if (isOver) return;
    const loaded = load();
    const lines = (loaded.ok ? loaded.warnings : loaded.findings).map(formatFinding);
    const news = lines.join("\n");
    if (news !== told) for (const line of lines) tell(line);
    told = news;
    if (loaded.ok) finish({ kind: "config", config: loaded.config });
    else if (loaded.awaits === undefined) finish({ kind: "wrong" });
    else if (!isWaiting) wait(loaded.awaits);
  }

  function wait(awaits: "file" | "credential"): void {
    isWaiting = true;
    tell("the configuration is good, but something that it names is missing or wrong: trying again every 5 s");
    notifier.ready();
    notifier.status("waiting for what the configuration names: see the log");
    timers.push(setInterval(look, againMs));
    if (notifier.watchdogMs !== undefined) {
      notifier.beat();
      timers.push(setInterval(() => notifier.beat(), notifier.watchdogMs / 2));
    }
    if (awaits === "credential") timers.push(setTimeout(() => finish({ kind: "restart" }), restartMs));
  }

  look();
  return { ended, again: look, stop: () => finish({ kind: "stopped" }) };
}
