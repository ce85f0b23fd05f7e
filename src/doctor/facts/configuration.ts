import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadedConfig, loadConfig } from "../../config/load.ts";
import { readTextFile } from "../../config/text-file.ts";
import { attempt } from "../../host/attempt.ts";
import { nodesTo } from "../../host/files.ts";
import type { Unit } from "../../host/unit.ts";
import type { CredentialFacts } from "../checks/credential.ts";
import type { SecretFacts } from "../checks/secret.ts";

/**
 * The configuration as the service loads it. systemd gives the service its credentials in a folder; outside of it, a
 * temporary folder with links of the same names to the unit's files stands for that.
 */
export function loadAsService(file: string, unit: Unit | undefined, env: NodeJS.ProcessEnv): LoadedConfig {
  const credentials = unit?.credentials ?? new Map<string, string>();
  if (env["CREDENTIALS_DIRECTORY"] !== undefined || credentials.size === 0) return loadConfig(file, env);
  const folder = attempt(() => mkdtempSync(join(tmpdir(), "rrpc-gateway-doctor-")));
  if (folder === undefined) return loadConfig(file, env);
  try {
    for (const [id, path] of credentials) attempt(() => symlinkSync(path, join(folder, id)));
    const loaded = loadConfig(file, { ...env, CREDENTIALS_DIRECTORY: folder });
    return loaded.kind === "loaded"
      ? loaded
      : { ...loaded, findings: loaded.findings.map((one) => ({ ...one, found: named(one.found) })) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }

  /** The finding names the link; the operator knows the file. */
  function named(found: string): string {
    return [...credentials].reduce((text, [id, path]) => text.replaceAll(join(folder ?? "", id), path), found);
  }
}

/** The file that keeps the secret, by what the configuration says of it. */
export function secretFacts(
  configFile: string,
  { settings }: LoadedConfig & { readonly kind: "loaded" },
  unit: Unit | undefined,
  env: NodeJS.ProcessEnv,
): SecretFacts {
  const { deviceSecretFile, keyFile, deviceInfoFile, deviceSecretCredential } = settings.hub;
  const facts = (path: string, via: SecretFacts["via"]): SecretFacts => ({ path, nodes: nodesTo(path), via });
  const file = deviceSecretFile ?? keyFile ?? deviceInfoFile;
  if (file !== undefined) return facts(file, "file");
  if (deviceSecretCredential === undefined) return facts(configFile, "configuration");
  const source = unit?.credentials.get(deviceSecretCredential);
  return facts(source ?? join(env["CREDENTIALS_DIRECTORY"] ?? "/", deviceSecretCredential), "credential");
}

/** The file with the secret that binds a board's device; undefined where none is configured. */
export function boardSecretFacts(
  { settings }: LoadedConfig & { readonly kind: "loaded" },
  board: string,
): SecretFacts | undefined {
  const path = settings.boards[board]?.device.secretFile;
  return path === undefined ? undefined : { path, nodes: nodesTo(path), via: "file", board };
}

/** A credential is at most 1 MB (systemd.exec(5)); a device's secret has some bytes. */
const credentialBytesMax = 64 * 1024;

/** Undefined where the secret is no credential of the unit. @param folder where systemd keeps those of running services */
export function credentialFacts(
  { settings }: LoadedConfig & { readonly kind: "loaded" },
  unit: Unit | undefined,
  folder = "/run/credentials",
): CredentialFacts | undefined {
  const { deviceSecretCredential: name } = settings.hub;
  const source = name === undefined ? undefined : unit?.credentials.get(name);
  if (name === undefined || source === undefined || unit === undefined) return undefined;
  const [now, given] = [source, join(folder, unit.name, name)].map((path) => readTextFile(path, credentialBytesMax));
  const isSame = now?.kind === "text" && given?.kind === "text" ? now.text === given.text : undefined;
  return { unit: unit.name, source, isSame };
}
