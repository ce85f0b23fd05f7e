import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import type { Watch } from "../support/watch.ts";
import { device } from "./broker-cloud.ts";
import type { Mosquitto } from "./broker-mosquitto.ts";

export interface GatewayOptions {
  readonly folder: string;
  readonly watch: Watch;
  readonly broker: Mosquitto;
  /** Path of the MCU's tty. */
  readonly tty: string;
  /** The lines of the configuration's `hub` group beside broker, device and CA. */
  readonly hub: readonly string[];
}

/** Starts the built daemon against a mosquitto; the log shows every request. */
export function startGateway({ folder, watch, broker, tty, hub }: GatewayOptions): Daemon {
  copyFileSync(new URL("../support/tls/ca.pem", import.meta.url), join(folder, "hub-ca.pem"));
  const lines = [
    "hub:",
    ...[
      `productId: ${device.productId}`,
      `deviceName: ${device.deviceName}`,
      "host: localhost",
      `port: ${broker.devicePort}`,
      "caFile: hub-ca.pem",
      "connectTimeoutMs: 2000",
      ...hub,
    ].map((line) => `  ${line}`),
    `serial: {path: ${tty}}`,
    "log: {level: debug}",
  ];
  const config = join(folder, "gateway.yaml");
  writeFileSync(config, `${lines.join("\n")}\n`);
  return startDaemon(["run", "--config", config], watch.changed);
}

/** Waits until the daemon's session is up once more than `times`. */
export async function sessionUp(daemon: Daemon, watch: Watch, times = 0): Promise<void> {
  const isUp = watch.until(`session ${times + 1} to be up`, () => sessionsUp(daemon) > times);
  const ended = daemon.ended.then((code) => {
    throw new Error(`the daemon ended with ${code}: ${daemon.stderr()}`);
  });
  await Promise.race([isUp, ended]);
}

/** How often its session has come up. */
export function sessionsUp(daemon: Daemon): number {
  return daemon.stderr().match(/ session: up with /g)?.length ?? 0;
}
