import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import type { Watch } from "../support/watch.ts";

const tls = new URL("../support/tls/", import.meta.url).pathname;

/** Made up; the cloud's side of the tests logs in with it. */
export const cloudLogin = { username: "cloud", password: "made-up" } as const;

/** mosquitto as a process of its own that can be ended and started again at the same ports. */
export interface Mosquitto {
  /** Where devices connect, over TLS. */
  readonly devicePort: number;
  /** Where the cloud's side connects, over TLS too, with `cloudLogin`. */
  readonly cloudPort: number;
  /** Everything that it has logged, over all starts. */
  log(): string;
  /** Settles when it listens. */
  start(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT"): void;
  /** Ends it without a word to its clients. */
  kill(): Promise<void>;
}

/**
 * Prepares a mosquitto; all its files are in `folder`.
 * @param deviceListener what its configuration says of the listener for devices, TLS aside.
 */
export async function prepareMosquitto(
  folder: string,
  watch: Watch,
  deviceListener: readonly string[],
): Promise<Mosquitto> {
  const [devicePort, cloudPort] = await freePorts();
  const serverFiles = ["cafile ca.pem", "certfile server.pem", "keyfile server.key"];
  for (const file of ["ca.pem", "server.pem", "server.key"]) copyFileSync(join(tls, file), join(folder, file));
  const configuration = [
    "per_listener_settings true",
    "user root", // It may read the folder of whoever runs the tests.
    "log_type all",
    "log_dest stderr",
    `listener ${devicePort} 127.0.0.1`,
    ...serverFiles,
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

  let log = "";
  let child: ReturnType<typeof spawn> | undefined;
  return {
    devicePort,
    cloudPort,
    log: () => log,
    async start() {
      const from = log.length;
      const started = spawn("mosquitto", ["-c", "mosquitto.conf"], {
        cwd: folder,
        stdio: ["ignore", "ignore", "pipe"],
      });
      child = started;
      started.stderr.setEncoding("utf8").on("data", (text: string) => {
        log += text;
        watch.changed();
      });
      await watch.until("mosquitto's start", () => {
        if (started.exitCode !== null) throw new Error(`mosquitto ended with ${started.exitCode}: ${log.slice(from)}`);
        return log.includes("running\n", from);
      });
    },
    signal: (signal) => child?.kill(signal),
    async kill() {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    },
  };
}

/** Two ports that nobody listens on: mosquitto cannot choose for itself. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer().listen(0, "127.0.0.1"), createServer().listen(0, "127.0.0.1")] as const;
  await Promise.all(servers.map((server) => once(server, "listening")));
  const [first, second] = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  if (first === undefined || second === undefined) throw new Error("two servers have two ports");
  return [first, second];
}
