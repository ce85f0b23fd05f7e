import { spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { Watch } from "./watch.ts";

/** A mosquitto as a process of its own that can be ended and started again at the same ports. */
export interface MosquittoProcess {
  /** Everything that it has logged, over all starts. */
  log(): string;
  /** Settles when it listens. */
  start(): Promise<void>;
  signal(signal: "SIGSTOP" | "SIGCONT" | "SIGHUP"): void;
  /** Ends it without a word to its clients, also one that is stopped. */
  kill(): Promise<void>;
}

/**
 * Of the `mosquitto.conf` in `folder`, which is its working directory; it has to log everything to standard error.
 * `through` is a command that takes another as its arguments and becomes it.
 */
export function createMosquitto(folder: string, watch: Watch, through: readonly string[] = []): MosquittoProcess {
  let log = "";
  let child: ReturnType<typeof spawn> | undefined;
  return {
    log: () => log,
    async start() {
      const from = log.length;
      const [file = "mosquitto", ...rest] = [...through, "mosquitto", "-c", "mosquitto.conf"];
      const started = spawn(file, rest, {
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

/** A port of 127.0.0.1 that nobody listens on: mosquitto cannot choose for itself. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  await once(server.close(), "close");
  return port;
}
