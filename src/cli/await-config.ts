import { type Finding, formatFinding } from "../config/findings.ts";
import type { Awaits, Config, LoadedConfig } from "../config/load.ts";
import type { CredentialSource } from "../host/credential-source.ts";
import type { Level } from "../runtime/logger.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { tellWaiting } from "../systemd/waiting.ts";

/** Somebody who has just put a file there does not wait for long; reading some small files again costs a few ms. */
const againMs = 5_000;

/** What is still missing is told again after 10 min, and then at growing intervals of up to 6 h: four times a day. */
const looksToTell = { first: 600_000 / againMs, max: (6 * 3_600_000) / againMs };

/** How the wait ended. `wrong`: by itself, for ever. `restart`: what is missing comes only with a new start. */
export type Awaited =
  | { readonly kind: "config"; readonly config: Config }
  | { readonly kind: "wrong" }
  | { readonly kind: "restart" }
  | { readonly kind: "stopped" };

export interface ConfigWait {
  readonly ended: Promise<Awaited>;
  /** Looks again at once, and tells what is missing in any case: somebody has asked. */
  again(): void;
  stop(): void;
}

export interface ConfigWaitParts {
  readonly load: () => LoadedConfig;
  /** Where systemd's credential of this name comes from. */
  readonly credentialSource: (name: string) => CredentialSource;
  readonly notifier: Notifier;
  readonly tell: (level: Level, line: string) => void;
}

/**
 * Waits for a configuration that is good in itself until the files that it names are there and good: a certificate or a
 * secret may come later than the service, or be half-written just now. What is missing is told, and told again when it
 * changes and at growing intervals. systemd is told that the service has started, what it waits for, and that it is alive. A
 * credential comes only with a new start, which is asked for when its source has changed.
 *
 * A configuration that is wrong in itself ends the start; while waiting it is waited for too, because somebody edits it.
 */
export function awaitConfig({ load, credentialSource, notifier, tell }: ConfigWaitParts): ConfigWait {
  let end: (awaited: Awaited) => void = () => {};
  const ended = new Promise<Awaited>((resolve) => {
    end = resolve;
  });
  let told = "";
  let looks = 0;
  let tellAt = 0;
  let waiting: { end(): void } | undefined;
  let source: CredentialSource | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  function finish(awaited: Awaited): void {
    isOver = true;
    clearInterval(timer);
    waiting?.end();
    end(awaited);
  }

  function look(): void {
    if (isOver) return;
    const loaded = load();
    if (loaded.kind === "loaded") {
      tellFindings(loaded.warnings);
      finish({ kind: "config", config: loaded.config });
      return;
    }
    const { findings, awaits } = loaded;
    if (awaits !== undefined || waiting !== undefined) {
      wait(findings, awaits);
      return;
    }
    tellFindings(findings);
    finish({ kind: "wrong" });
  }

  function wait(findings: readonly Finding[], awaits: Awaits | undefined): void {
    const news = findings.map(formatFinding).join("\n");
    const status = statusOf(findings, awaits);
    if (waiting === undefined) {
      waiting = tellWaiting(notifier, status);
      timer = setInterval(look, againMs);
    } else if (news !== told) notifier.status(status);
    if (news !== told) looks = tellAt = 0;
    if (looks === tellAt) {
      tellFindings(findings);
      tell("error", `${waitsFor(findings, awaits)}: looking again every ${againMs / 1000} s`);
      tellAt += Math.min(Math.max(looksToTell.first, tellAt), looksToTell.max);
    }
    told = news;
    looks += 1;
    if (awaits !== undefined) restartFor(awaits);
  }

  function restartFor(awaits: Awaits): void {
    if (awaits.kind !== "credential") return;
    source ??= credentialSource(awaits.name);
    if (!source.isWorthRestart()) return;
    tell(
      "info",
      `systemd copies the credential ${awaits.name} only when the service starts: ending, to be started again`,
    );
    finish({ kind: "restart" });
  }

  function tellFindings(findings: readonly Finding[]): void {
    for (const one of findings) tell(one.severity === "fault" ? "error" : "warn", formatFinding(one));
  }

  look();
  return {
    ended,
    again() {
      told = "";
      look();
    },
    stop: () => finish({ kind: "stopped" }),
  };
}

function waitsFor(findings: readonly Finding[], awaits: Awaits | undefined): string {
  if (awaits === undefined) return "waiting for a good configuration";
  const options = faultsOf(findings).map(({ path }) => path);
  return `waiting for what the configuration names (${[...new Set(options)].join(", ")})`;
}

/** One line: the log has them all. */
function statusOf(findings: readonly Finding[], awaits: Awaits | undefined): string {
  const [first, ...others] = faultsOf(findings);
  const more = others.length === 0 ? "" : ` (and ${others.length} more: see the log)`;
  return `${waitsFor(findings, awaits)}: ${first === undefined ? "see the log" : formatFinding(first)}${more}`;
}

const faultsOf = (findings: readonly Finding[]) => findings.filter(({ severity }) => severity === "fault");
