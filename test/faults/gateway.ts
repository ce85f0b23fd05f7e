import { readdirSync, readFileSync } from "node:fs";
import { type Daemon, startDaemon } from "../support/daemon.ts";
import type { Watch } from "../support/watch.ts";

/** The built daemon, which a fault may end, and start again as systemd would. */
export interface Gateway {
  /** The process that runs now. */
  daemon(): Daemon;
  /** When each process was started, by `performance.now()`. */
  readonly startsAtMs: readonly number[];
  start(): void;
  /** Ends it by a signal and waits for its end; its exit code, or the signal's name. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>;
  /** Ends it at once, if it still runs. */
  kill(): void;
  usage(): Usage;
  /** The most resident memory that any of the processes has had, in MiB; as far as `usage` was asked. */
  peakMiB(): number;
  /** All that the processes have logged. */
  log(): string;
}

/** What a process takes of the machine. */
export interface Usage {
  readonly residentMiB: number;
  readonly descriptorCount: number;
  /** In all its life, in the kernel too. */
  readonly cpuMs: number;
}

export interface GatewayOptions {
  readonly config: string;
  /** Told of each process that is started. */
  readonly onStart?: (pid: number) => void;
  readonly env?: Readonly<Record<string, string>>;
  /** Starts the program in another way than as a child with a pipe for its log. */
  readonly launch?: typeof startDaemon;
}

export function createGateway(options: GatewayOptions, watch: Watch): Gateway {
  const { config, onStart = () => {}, env = {}, launch = startDaemon } = options;
  const startsAtMs: number[] = [];
  const daemons: Daemon[] = [];
  let peakMiB = 0;

  function daemon(): Daemon {
    const last = daemons.at(-1);
    if (last === undefined) throw new Error("the gateway was never started");
    return last;
  }

  function usage(): Usage {
    const { pid } = daemon();
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mebibytes = (testbed: string) =>
      Number(new RegExp(`^${testbed}:\\s+(\\d+) kB$`, "m").exec(status)?.[1]) / 1024;
    peakMiB = Math.max(peakMiB, mebibytes("VmHWM"));
    return {
      residentMiB: mebibytes("VmRSS"),
      descriptorCount: readdirSync(`/proc/${pid}/fd`).length,
      cpuMs: cpuMsOf(readFileSync(`/proc/${pid}/stat`, "utf8")),
    };
  }

  return {
    daemon,
    startsAtMs,
    start() {
      startsAtMs.push(performance.now());
      const started = launch(["run", "--config", config], watch.changed, env);
      daemons.push(started);
      onStart(started.pid);
    },
    async end(signal) {
      const { ended, signal: send } = daemon();
      usage();
      send(signal);
      return await ended;
    },
    kill: () => daemons.at(-1)?.signal("SIGKILL"),
    usage,
    peakMiB: () => peakMiB,
    log: () => daemons.map((each) => each.stderr()).join(""),
  };
}

/** From the 14th and 15th field of proc(5)'s stat, in hundredths of a second; the second may have any character. */
function cpuMsOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")")).split(" ");
  return (Number(fields[12]) + Number(fields[13])) * 10;
}
