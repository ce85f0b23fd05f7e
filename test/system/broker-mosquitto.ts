import { execFileSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMosquitto, freePort, type MosquittoProcess } from "../support/mosquitto.ts";
import type { Watch } from "../support/watch.ts";

const tls = new URL("../support/tls/", import.meta.url).pathname;

/** Made up; the cloud's side of the tests logs in with it. */
export const cloudLogin = { username: "cloud", password: "made-up" } as const;

/** A mosquitto that demands TLS and passwords of everyone. */
export interface Mosquitto extends MosquittoProcess {
  /** Where devices connect, over TLS. */
  readonly devicePort: number;
  /** Where the cloud's side connects, over TLS too, with `cloudLogin`. */
  readonly cloudPort: number;
}

const serverFiles = ["cafile ca.pem", "certfile server.pem", "keyfile server.key"];

/**
 * Prepares a mosquitto; all its files are in `folder`.
 * @param deviceListener what its configuration says of the listener for devices, its certificate aside.
 * @param certificate that of this listener; none where devices come with a pre-shared key.
 */
export async function prepareMosquitto(
  folder: string,
  watch: Watch,
  deviceListener: readonly string[],
  certificate: readonly string[] = serverFiles,
): Promise<Mosquitto> {
  const devicePort = await freePort();
  const cloudPort = await freePort();
  for (const file of ["ca.pem", "server.pem", "server.key"]) copyFileSync(join(tls, file), join(folder, file));
  const configuration = [
    "per_listener_settings true",
    "user root", // It may read the folder of whoever runs the tests.
    "log_type all",
    "log_dest stderr",
    `listener ${devicePort} 127.0.0.1`,
    ...certificate,
    ...deviceListener,
    `listener ${cloudPort} 127.0.0.1`,
    ...serverFiles,
    "allow_anonymous false",
    "password_file passwords",
    "acl_file cloud.acl",
  ];
  writeFileSync(join(folder, "mosquitto.conf"), `${configuration.join("\n")}\n`);
  writeFileSync(join(folder, "passwords"), `${cloudLogin.username}:${cloudLogin.password}\n`, { mode: 0o600 });
  execFileSync("mosquitto_passwd", ["-U", join(folder, "passwords")]);
  // A name that begins with $ is part of no wildcard: each root has to be named.
  writeFileSync(join(folder, "cloud.acl"), `user ${cloudLogin.username}\ntopic readwrite $rrpc/#\n`, { mode: 0o600 });

  return { devicePort, cloudPort, ...createMosquitto(folder, watch) };
}
