import { formatFinding } from "../config/findings.ts";
import type { Config, LoadedConfig } from "../config/load.ts";
import type { CredentialSource } from "../host/credential-source.ts";
import type { Notifier } from "../systemd/notifier.ts";
import { tellWaiting } from "../systemd/waiting.ts";

/** Somebody who has just put a file there does not wait for long; reading some small files again costs a few ms. */
const againMs = 5_000;

/** How the wait ended. `wrong`: by itself, for ever. `restart`: what is missing comes only with a new start. */
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

export interface ConfigWaitParts {
  readonly load: () => LoadedConfig;
  /** Where systemd's credential of this name comes from. */
  readonly credentialSource: (name: string) => CredentialSource;
  readonly notifier: Notifier;
  readonly tell: (line: string) => void;
}

/**
 * Waits for a configuration that is good in itself until the files that it names are there and good: a certificate or a
 * secret may come later than the service, or be half-written just now. What is missing is told once, and when it changes.
 * systemd is told that the service has started, and gets its signs of life. A credential comes only with a new start, which
 * is asked for when its source has changed.
 */
export function awaitConfig({ load, credentialSource, notifier, tell }: ConfigWaitParts): ConfigWait {
  let end: (awaited: Awaited) => void = () => {};
  const ended = new Promise<Awaited>((resolve) => {
    end = resolve;
  });
  let told = "";
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
    const lines = (loaded.kind === "loaded" ? loaded.warnings : loaded.findings).map(formatFinding);
    const news = lines.join("\n");
    if (news !== told) for (const line of lines) tell(line);
    told = news;
    if (loaded.kind === "loaded") finish({ kind: "config", config: loaded.config });
    else if (loaded.awaits === undefined) finish({ kind: "wrong" });
    else wait(loaded.awaits);
  }

  function wait(awaits: NonNullable<(LoadedConfig & { kind: "refused" })["awaits"]>): void {
    if (waiting === undefined) {
      tell("the configuration is good, but something that it names is missing or wrong: looking again every 5 s");
      waiting = tellWaiting(notifier, "waiting for what the configuration names: see the log");
      timer = setInterval(look, againMs);
    }
    if (awaits.kind !== "credential") return;
    source ??= credentialSource(awaits.name);
    if (!source.isWorthRestart()) return;
    tell(`systemd copies the credential ${awaits.name} only when the service starts: ending, to be started again`);
    finish({ kind: "restart" });
  }

  look();
  return { ended, again: look, stop: () => finish({ kind: "stopped" }) };
}
