/** From a configuration file to a checked configuration, or to everything that is wrong with it. */
import { dirname, resolve } from "node:path";
import { parseYaml } from "./document.ts";
import { type Finding, type Position, shown, type Verdict } from "./findings.ts";
import type { Settings } from "./options.ts";
import { rules } from "./rules.ts";
import { readSecrets, type Secrets } from "./secrets.ts";
import { readSettings } from "./settings.ts";
import { readTextFile } from "./text-file.ts";

/** What the rest of the program gets: plain values, every limit checked, no file left to read. */
export type Config = Omit<Settings, "hub"> & { readonly hub: HubConfig };

/** How to reach the hub, and as whom. */
export type HubConfig = Pick<
  Settings["hub"],
  "sdkAppId" | "region" | "transport" | "host" | "port" | "keepaliveS" | "connectTimeoutMs" | "qos" | "topics"
> &
  Secrets;

/** A good configuration may have warnings; `settings` is the file as read, for showing it. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: Config; readonly settings: Settings; readonly warnings: readonly Finding[] }
  | {
      readonly ok: false;
      readonly findings: readonly Finding[];
      /**
       * Defined where the file itself is good, and what it names cannot be read or is no good, which may pass: `credential`
       * where only a new start of the service can bring it, because systemd copies credentials then.
       */
      readonly awaits: "file" | "credential" | undefined;
    };

/** A file with every option and its explanation has some 12 KB. */
export const fileBytesMax = 64 * 1024;

/**
 * Reads and checks `file` and the files that it names; `env` is where systemd says where its credentials are.
 * What is wrong comes back all at once, in the order of the file, faults and warnings together.
 */
export function loadConfig(file: string, env: NodeJS.ProcessEnv): LoadedConfig {
  const findings: Finding[] = [];
  const add = (path: string, at: Position, { severity = "fault", expected, found }: Verdict) => {
    findings.push({ severity, file, line: at.line, column: at.column, path, expected, found: shown(found) });
  };
  const refused = (awaits?: "file" | "credential"): LoadedConfig => ({
    ok: false,
    findings: bounded(findings.sort(byPosition)),
    awaits,
  });

  const source = readTextFile(file, fileBytesMax);
  if (!source.ok) {
    add("", { line: 1, column: 1 }, { expected: "a readable configuration file", found: source.found });
    return refused();
  }
  // It names the hub, and a command that is run.
  if (source.mode & 0o002) {
    const found = `mode ${source.mode.toString(8).padStart(4, "0")}`;
    add("", { line: 1, column: 1 }, { expected: "a file that not everybody may write (chmod o-w)", found });
  }
  const document = parseYaml(source.text);
  if (!document.ok) {
    for (const problem of document.problems) add("", problem, problem);
    return refused();
  }
  const folder = dirname(resolve(file));
  const { settings, problems, isFaulty, positionOf } = readSettings(document.root, document.positionOf, folder);
  for (const problem of problems) add(problem.path, problem, problem);
  for (const rule of rules) {
    if (rule.reads.some(isFaulty)) continue;
    const verdict = rule.check(settings);
    if (verdict !== undefined) add(rule.at, positionOf(rule.at), verdict);
  }
  const isFault = ({ severity }: Finding) => severity === "fault";
  const isWrongItself = findings.some(isFault);
  const secrets = readSecrets(settings.hub, env, (path, verdict) => add(path, positionOf(path), verdict));

  if (secrets === undefined || findings.some(isFault)) {
    return refused(isWrongItself ? undefined : awaitedBy(settings.hub, env));
  }
  return { ok: true, config: configOf(settings, secrets), settings, warnings: findings.sort(byPosition) };
}

/** What may bring the secrets that are missing; nothing where no credentials are passed at all, which the unit decides. */
function awaitedBy(hub: Settings["hub"], env: NodeJS.ProcessEnv): "file" | "credential" | undefined {
  if (hub.deviceSecretCredential !== undefined)
    return env["CREDENTIALS_DIRECTORY"] === undefined ? undefined : "credential";
  return hub.deviceSecret === undefined || hub.caFile !== undefined ? "file" : undefined;
}

/** A file of something else altogether can have thousands of faults; the first ones say so. */
function bounded(findings: readonly Finding[]): readonly Finding[] {
  const findingsMax = 100;
  const next = findings[findingsMax];
  if (next === undefined) return findings;
  const rest = { expected: "a configuration file", found: `${findings.length - findingsMax} more faults from here on` };
  return [...findings.slice(0, findingsMax), { ...next, path: "", severity: "fault", ...rest }];
}

const byPosition = (a: Position, b: Position): number => a.line - b.line || a.column - b.column;

function configOf({ hub, ...others }: Settings, { identity, ca }: Secrets): Config {
  const { sdkAppId, region, transport, host, port, keepaliveS, connectTimeoutMs, qos, topics } = hub;
  return {
    hub: { identity, ca, sdkAppId, region, transport, host, port, keepaliveS, connectTimeoutMs, qos, topics },
    ...others,
  };
}
