import { statSync } from "node:fs";
import { uptime } from "node:os";
import { findUnit } from "./units.ts";

/**
 * The file that systemd copies a credential from when the service starts; a later change reaches the service only by a new
 * start. Its content is root's, but that it has changed can be seen by anybody who may pass its folder.
 */
export interface CredentialSource {
  /** Whether a new start would bring another copy; where that cannot be seen, whether it is time to try. */
  isWorthRestart(): boolean;
}

export interface CredentialPlace {
  /** The credential's name. */
  readonly name: string;
  /** systemd's copy. */
  readonly copy: string;
  /** The configuration file that the service runs with: it finds the unit, which names the source. */
  readonly configFile: string;
}

/** What of the machine is looked at; a test has its own. */
export interface CredentialMachine {
  readonly sourceOf: (place: CredentialPlace) => string | undefined;
  readonly uptimeMs: () => number;
  readonly wallMs: () => number;
}

const thisMachine: CredentialMachine = {
  sourceOf: ({ name, configFile }) => findUnit(configFile)?.credentials.get(name),
  uptimeMs: () => uptime() * 1000,
  wallMs: Date.now,
};

/**
 * Where the source cannot be seen, the service is started again when the fault is twice as old as at this start: at first
 * within a minute, for whoever is just setting the device up; later seldom, because each start writes some lines to the journal.
 */
const retryMs = { min: 45_000, max: 12 * 60 * 60 * 1000 };

export function followCredentialSource(place: CredentialPlace, machine = thisMachine): CredentialSource {
  const path = machine.sourceOf(place);
  const before = path === undefined ? unseen : look(path);
  if (path !== undefined && before.kind !== "unseen" && !isNewerThan(before, look(place.copy))) {
    return { isWorthRestart: () => hasCome(look(path), before) };
  }
  const restartAt = machine.uptimeMs() + Math.min(Math.max(faultMs(place, machine), retryMs.min), retryMs.max);
  return { isWorthRestart: () => machine.uptimeMs() >= restartAt };
}

type Look =
  /** Its folder is closed to this user, or nothing says where it is. */
  | { readonly kind: "unseen" }
  | { readonly kind: "absent" }
  /** `state` is another one after each change. */
  | { readonly kind: "file"; readonly state: string; readonly changedAtMs: number };

const unseen: Look = { kind: "unseen" };

function look(path: string): Look {
  try {
    const { ino, size, mtimeMs, ctimeMs } = statSync(path);
    return { kind: "file", state: [ino, size, mtimeMs, ctimeMs].join(), changedAtMs: ctimeMs };
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ENOENT" ? { kind: "absent" } : unseen;
  }
}

function hasCome(now: Look, before: Look): boolean {
  return now.kind === "file" && !(before.kind === "file" && before.state === now.state);
}

/** It changed after systemd had copied it, and before it was first looked at. */
function isNewerThan(source: Look, copy: Look): boolean {
  return source.kind === "file" && copy.kind === "file" && source.changedAtMs > copy.changedAtMs;
}

/** How long ago somebody did something about it, as far as can be seen: booted the machine, or changed the configuration. */
function faultMs({ configFile }: CredentialPlace, { uptimeMs, wallMs }: CredentialMachine): number {
  const config = look(configFile);
  const changedMs = config.kind === "file" ? wallMs() - config.changedAtMs : Number.POSITIVE_INFINITY;
  // A time that lies ahead is one of a clock that has not been set yet.
  return changedMs < 0 ? uptimeMs() : Math.min(uptimeMs(), changedMs);
}
