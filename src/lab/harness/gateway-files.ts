// The files that the daemon reads: its configuration and its device's secret, in a folder that ends with this process.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Made up, and it opens nothing but a simulated hub. */
export const madeUpDevice = {
  productId: "ABCDEFGH12",
  deviceName: "gateway01",
  deviceSecret: "MDEyMzQ1Njc4OWFiY2RlZg==",
};

export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

export function temporaryFolder(prefix: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), prefix));
  const remove = () => {
    process.off("exit", remove);
    rmSync(path, { recursive: true, force: true });
  };
  process.on("exit", remove);
  return { path, remove };
}

/**
 * Writes the configuration for the made-up device at a hub on loopback; returns the file. JSON is YAML. What is not in
 * `sections` has the default, as in a configuration that a new user writes.
 */
export function writeConfig(folder: string, mqttPort: number, sections: Readonly<Record<string, object>>): string {
  const { productId, deviceName, deviceSecret } = madeUpDevice;
  const secret = join(folder, "device-secret");
  writeFileSync(secret, `${deviceSecret}\n`, { mode: 0o600 });
  const endpoint = { transport: "tcp", host: "127.0.0.1", port: mqttPort };
  const file = join(folder, "gateway.yaml");
  const hub = { productId, deviceName, deviceSecretFile: secret, ...endpoint };
  // Indented: the gateway takes no line of any length.
  writeFileSync(file, JSON.stringify({ hub, ...sections }, null, 1));
  return file;
}
