// What can stand between broker and tty: the daemon and what it is compared with, and how each of them is started.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import type { Toolchain } from "./peers/toolchain.ts";

/** `against` is another build of the daemon. */
export type Bridge = "ours" | "against" | "c" | "python" | "lean" | "plain";

export interface BridgeRequest {
  readonly name: string;
  readonly brokerPort: number;
  readonly qos: 0 | 1;
  readonly path: string;
}

export interface BridgeCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** Folders as `npm run build` makes them. */
export interface Builds {
  readonly ours: string;
  readonly against: string | undefined;
}

/** As in the systemd unit; docs/benchmarks.md says what it brings. */
export const nodeOptions = ["--v8-pool-size=1"];

export const productId = "ABCDEFGH12";
export const deviceOf = (name: string): string => `${productId}/${name}`;

const plainBridge = join(import.meta.dirname, "plain-bridge.mjs");
const pythonBridge = join(import.meta.dirname, "peers/python-bridge.py");

/** @param folder for the daemon's configuration */
export function bridgeCommand(
  bridge: Bridge,
  { name, brokerPort, qos, path }: BridgeRequest,
  { folder, builds, toolchain, lean }: { folder: string; builds: Builds; toolchain: Toolchain; lean: string },
): BridgeCommand {
  const ends = [deviceOf(name), path, String(qos)];
  const daemon = (dist: string) => daemonCommand(dist, folder, name, { serial: { path } }, { port: brokerPort, qos });
  switch (bridge) {
    case "ours":
      return daemon(builds.ours);
    case "against":
      return daemon(known(builds.against, "another build"));
    case "plain":
      return { command: process.execPath, args: [plainBridge, `mqtt://127.0.0.1:${brokerPort}`, ...ends] };
    case "lean":
      return { command: process.execPath, args: [...nodeOptions, lean, "127.0.0.1", String(brokerPort), ...ends] };
    case "c":
      return { command: known(toolchain.c, "a C bridge"), args: ["127.0.0.1", String(brokerPort), ...ends] };
    case "python": {
      const args = [pythonBridge, "127.0.0.1", String(brokerPort), ...ends];
      return { command: known(toolchain.python, "Python"), args };
    }
    default:
      return bridge satisfies never;
  }
}

/** @param sections of the configuration besides `hub` */
export function daemonCommand(
  dist: string,
  folder: string,
  name: string,
  sections: object,
  hub: { port: number; qos: 0 | 1 },
): BridgeCommand {
  const secret = join(folder, "device-secret");
  writeFileSync(secret, "MDEyMzQ1Njc4OWFiY2RlZg==\n", { mode: 0o600 });
  const device = { productId, deviceName: name, deviceSecretFile: secret };
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, stringify({ hub: { ...device, transport: "tcp", host: "127.0.0.1", ...hub }, ...sections }));
  const args = [...nodeOptions, join(dist, "bin/rrpc-gateway.cjs"), "run", "--config", file];
  return { command: process.execPath, args };
}

function known(path: string | undefined, what: string): string {
  if (path === undefined) throw new Error(`there is no ${what} here`);
  return path;
}
