/** From a configuration file to a checked configuration, or to everything that is wrong with it. */
import { dirname, resolve } from "node:path";
import type { BoardConfig } from "./board-config.ts";
import { boardsOf } from "./boards.ts";
import { type Finding, type Mismatch, type Position, shown } from "./findings.ts";
import type { OptionPath, Settings } from "./options.ts";
import { readYaml } from "./reading.ts";
import { readSecrets, type Secrets } from "./secrets.ts";
import { readTextFile } from "./text-file.ts";

/** What the rest of the program gets: plain values, every limit checked, no file left to read. */
export type Config = Omit<Settings, "hub" | "boards" | BoardSection> & {
  readonly hub: HubConfig;
  /** At least one; their names differ. */
  readonly boards: readonly BoardConfig[];
};

/** What a file has for a board. */
type BoardSection = "serial" | "rrpc" | "events";

/** How to reach the hub, and as whom. */
export type HubConfig = Pick<
  Settings["hub"],
  | "sdkAppId"
  | "region"
  | "transport"
  | "host"
  | "port"
  | "keepaliveS"
  | "pingIntervalS"
  | "connectTimeoutMs"
  | "qos"
  | "topics"
> &
  Secrets;

/** A good configuration may have warnings. `settings` is the file as it was read, for showing it. */
export type LoadedConfig =
  | {
      readonly kind: "loaded";
      readonly config: Config;
      readonly settings: Settings;
      readonly warnings: readonly Finding[];
    }
  | {
      readonly kind: "refused";
      readonly findings: readonly Finding[];
      /** Defined if the file itself is good, but a file that it names cannot be read or is bad, which may pass. */
      readonly awaits: Awaits | undefined;
    };

/** `credential`: only a new start of the service can bring it, because systemd copies credentials at the start. */
export type Awaits = { readonly kind: "file" } | { readonly kind: "credential"; readonly name: string };

/** A file with every option and its explanation has some 12 KB. */
export const fileBytesMax = 64 * 1024;

/** The file alone, without what it names. */
export type LoadedSettings =
  | { readonly kind: "loaded"; readonly settings: Settings; readonly warnings: readonly Finding[] }
  | { readonly kind: "refused"; readonly findings: readonly Finding[] };

/**
 * Reads and checks `file` and the files that it names. `env` says where systemd has put the credentials. Returns all faults and warnings
 * at once, in the order of the file.
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv): LoadedConfig {
  const source = readSource(file);
  const { findings, settings, add } = source;
  const refused = (awaits?: Awaits): LoadedConfig => ({ ...refusedBy(source), awaits });
  if (settings === undefined) return refused();
  const isWrongItself = findings.some(isFault);
  const secrets = readSecrets(settings.hub, env, add);
  const boards = boardsOf(settings, secrets, add);
  if (secrets === undefined || findings.some(isFault)) {
    return refused(isWrongItself ? undefined : awaitedBy(settings, env, findings));
  }
  return { kind: "loaded", config: configOf(settings, secrets, boards), settings, warnings: findings.sort(byPosition) };
}

/** Reads and checks `file` alone, without the files that it names: for a machine that has no secrets. */
export function loadSettings(file: string): LoadedSettings {
  const source = readSource(file);
  const { findings, settings } = source;
  if (settings === undefined || findings.some(isFault)) return refusedBy(source);
  return { kind: "loaded", settings, warnings: findings.sort(byPosition) };
}

const isFault = ({ severity }: Finding) => severity === "fault";

interface Source {
  readonly findings: Finding[];
  /** Undefined if the text is not even YAML. */
  readonly settings: Settings | undefined;
  readonly add: (path: OptionPath, mismatch: Mismatch) => void;
}

const refusedBy = ({ findings }: Source) =>
  ({ kind: "refused", findings: bounded(findings.sort(byPosition)) }) as const;

function readSource(file: string): Source {
  const findings: Finding[] = [];
  const addAt = (path: string, at: Position, mismatch: Mismatch) => {
    const { severity = "fault", code = "invalid", expected, found, namedFile } = mismatch;
    const { line, column } = at;
    const told = { severity, code, file, line, column, path, expected, found: shown(found) };
    findings.push(namedFile === undefined ? told : { ...told, namedFile });
  };
  const start = { line: 1, column: 1 };
  const unread: Source = { findings, settings: undefined, add: (path, mismatch) => addAt(path, start, mismatch) };
  const source = readTextFile(file, fileBytesMax);
  if (source.kind === "unreadable") {
    addAt("", source.at ?? start, {
      code: source.code,
      expected: "a readable configuration file",
      found: source.found,
    });
    return unread;
  }
  // It names the hub, and a command that the gateway runs.
  if (source.mode & 0o002) {
    const found = `mode ${source.mode.toString(8).padStart(4, "0")}`;
    addAt("", start, { code: "insecure_file", expected: "a file that not everybody may write (chmod o-w)", found });
  }
  const { settings, problems, positionOf } = readYaml(source.text, dirname(resolve(file)));
  for (const problem of problems) addAt(problem.path, problem, problem);
  return { findings, settings, add: (path, mismatch) => addAt(path, positionOf(path), mismatch) };
}

/** What may bring the missing secrets; undefined if the unit passes no credentials at all: nothing will bring them. */
function awaitedBy(
  { hub: { deviceSecret, deviceSecretCredential: name, caFile }, boards }: Settings,
  env: NodeJS.ProcessEnv,
  findings: readonly Finding[],
): Awaits | undefined {
  const isAtCredential = findings.some((finding) => isFault(finding) && finding.path === "hub.deviceSecretCredential");
  if (name !== undefined && isAtCredential) {
    return env["CREDENTIALS_DIRECTORY"] === undefined ? undefined : { kind: "credential", name };
  }
  const filesOfBoards = Object.values(boards).some(({ device }) => device.secretFile !== undefined);
  return deviceSecret === undefined || caFile !== undefined || filesOfBoards ? { kind: "file" } : undefined;
}

/** A file that is no configuration at all can have thousands of faults; the first ones are enough. */
function bounded(findings: readonly Finding[]): readonly Finding[] {
  const findingsMax = 100;
  const next = findings[findingsMax];
  if (next === undefined) return findings;
  const rest = { expected: "a configuration file", found: `${findings.length - findingsMax} more faults from here on` };
  return [...findings.slice(0, findingsMax), { ...next, path: "", severity: "fault", code: "invalid", ...rest }];
}

const byPosition = (a: Position, b: Position): number => a.line - b.line || a.column - b.column;

function configOf(
  { hub, log, monitor, control, remote, metrics }: Settings,
  { identity, ca }: Secrets,
  boards: Config["boards"],
): Config {
  const { sdkAppId, region, transport, host, port, keepaliveS, pingIntervalS, connectTimeoutMs, qos, topics } = hub;
  return {
    hub: {
      identity,
      ca,
      sdkAppId,
      region,
      transport,
      host,
      port,
      keepaliveS,
      pingIntervalS,
      connectTimeoutMs,
      qos,
      topics,
    },
    boards,
    log,
    monitor,
    control,
    remote,
    metrics,
  };
}
