/** A folder of its own with what a good configuration names, for tests that read real files. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatFinding } from "../../src/config/findings.ts";
import { loadConfig } from "../../src/config/load.ts";

/** A made-up secret. */
export const secret = "MDEyMzQ1Njc4OWFiY2RlZg==";

/** The least that is good, with the folder's files. */
export const good = `\
hub:
  productId: ABCDEFGH12
  deviceName: gateway01
  deviceSecretFile: device-secret
  caFile: hub-ca.pem
serial:
  path: /dev/ttyUSB0
`;

const tls = join(import.meta.dirname, "../support/tls");
const certificates = {
  "ca.pem": "hub-ca.pem",
  "client.pem": "device-cert.pem",
  "client.key": "device-key.pem",
  "server.key": "other-key.pem",
};

export type Folder = {
  readonly path: string;
  readonly write: (name: string, content: string | Uint8Array, mode?: number) => string;
  /** What loading `yaml` from this folder finds, one line each, without the folder's own path. */
  readonly findingsOf: (yaml: string | Uint8Array, env?: NodeJS.ProcessEnv) => string;
  readonly findingsOfFile: (file: string, env?: NodeJS.ProcessEnv) => string;
  /** Puts the files that `good` names back as they were. */
  readonly restore: () => void;
  readonly remove: () => void;
};

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "rrpc-gateway-config-"));
  const write = (name: string, content: string | Uint8Array, mode = 0o600): string => {
    const file = join(path, name);
    rmSync(file, { force: true });
    writeFileSync(file, content, { mode });
    return file;
  };
  const restore = () => {
    write("device-secret", `${secret}\n`);
    for (const [from, to] of Object.entries(certificates)) write(to, readFileSync(join(tls, from)));
  };
  restore();
  const findingsOfFile: Folder["findingsOfFile"] = (file, env = {}) => {
    const loaded = loadConfig(file, env);
    const findings = loaded.kind === "loaded" ? loaded.warnings : loaded.findings;
    return findings.map((finding) => formatFinding(finding).replaceAll(`${path}/`, "")).join("\n");
  };
  return {
    path,
    write,
    findingsOfFile,
    findingsOf: (yaml, env) => findingsOfFile(write("c.yaml", yaml), env),
    restore,
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
