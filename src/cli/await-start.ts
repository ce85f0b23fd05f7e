import { join } from "node:path";
import { type Config, loadConfig } from "../config/load.ts";
import type { IdentityHolder } from "../daemon/identity.ts";
import { followCredentialSource } from "../host/credential-source.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import type { Signals } from "../runtime/signals.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { type Awaited, awaitConfig } from "./await-config.ts";
import { awaitIdentity, type IdentityAwaited } from "./await-identity.ts";
import { exitCodes } from "./exit-codes.ts";

export interface StartParts {
  readonly file: string;
  readonly identity: IdentityHolder;
  readonly notifier: Notifier;
  readonly signals: Signals;
  readonly log: CollapsingLog;
  /** The configuration after a SIGHUP; undefined where it is bad. */
  readonly reread: () => Config | undefined;
}

/** What came of a start: a good configuration whose device is ours, or the end of the process. */
export type Start =
  | { readonly kind: "ready"; readonly config: Config }
  | { readonly kind: "ended"; readonly exitCode: number };

/** Waits for what the daemon needs for its start: first the configuration and what it names, then the device's identity. */
export async function awaitStart(parts: StartParts): Promise<Start> {
  const awaited = await untilConfigured(parts);
  if (awaited.kind !== "config") return { kind: "ended", exitCode: exitCodeOf(awaited.kind) };
  parts.log.level = awaited.config.log.level;
  const taking = await untilIdentified(awaited.config, parts);
  if (taking.kind !== "taken") return { kind: "ended", exitCode: exitCodeOf(taking.kind) };
  return { kind: "ready", config: taking.config };
}

function untilConfigured({ file, notifier, signals, log }: StartParts): Promise<Awaited> {
  const folder = process.env["CREDENTIALS_DIRECTORY"] ?? "";
  const wait = awaitConfig({
    load: () => loadConfig(file, process.env),
    credentialSource: (name) => followCredentialSource({ name, copy: join(folder, name), configFile: file }),
    notifier,
    tell: (level, line) => log.answer(level, line),
  });
  handleSignals(signals, { reload: wait.again, stop: wait.stop });
  return wait.ended;
}

function untilIdentified(
  config: Config,
  { identity, notifier, signals, log, reread }: StartParts,
): Promise<IdentityAwaited> {
  const wait = awaitIdentity(config, { identity, reread, notifier, log });
  handleSignals(signals, wait);
  return wait.ended;
}

/** Signals that come during a wait act on it. */
function handleSignals(signals: Signals, { reload, stop }: { reload(): void; stop(): void }): void {
  signals.duringStart((signal) => {
    switch (signal) {
      case "SIGHUP":
        reload();
        break;
      case "SIGTERM":
      case "SIGINT":
        stop();
        break;
      case "SIGUSR2":
        // Nothing is recorded yet.
        break;
      default:
        signal satisfies never;
    }
  });
}

function exitCodeOf(kind: Exclude<Awaited["kind"], "config"> | Exclude<IdentityAwaited["kind"], "taken">): number {
  switch (kind) {
    case "held":
      return exitCodes.unavailable;
    case "wrong":
      return exitCodes.config;
    case "restart":
      return exitCodes.temporaryFailure;
    case "stopped":
      return exitCodes.ok;
    default:
      return kind satisfies never;
  }
}
