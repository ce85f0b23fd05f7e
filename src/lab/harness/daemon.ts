// The real daemon as a process of its own: the very program that runs the demo, with `run`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Daemon {
  readonly pid: number;
  /** Undefined as long as it runs; null if a signal ended it. */
  exitCode(): number | null | undefined;
  /** Sends SIGTERM, SIGKILL if that does not help; resolves to the exit code. */
  stop(): Promise<number | null>;
  /** Ends it at once, if it still runs: a drain may take as long as a deadline. */
  kill(): Promise<void>;
}

/** The daemon promises less: its longest deadline, and 3 s for the rest. */
const stopLimitMs = 8000;

/** Starts the daemon; `onLogLine` gets what it logs, `onEnd` follows when it has ended. */
export function startDaemon(configFile: string, onLogLine: (line: string) => void, onEnd: () => void): Daemon {
  const program = process.argv[1];
  if (program === undefined) throw new Error("this process has no program file to start the daemon from");
  const child = spawn(process.execPath, [...process.execArgv, program, "run", "--config", configFile], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${process.execPath} did not start`);
  let exitCode: number | null | undefined;
  const ended = once(child, "close").then(([code]: (number | null)[]) => {
    exitCode = code ?? null;
    process.off("exit", killNow);
    onEnd();
    return exitCode;
  });
  createInterface({ input: child.stderr }).on("line", onLogLine);

  function killNow(): void {
    child.kill("SIGKILL");
  }
  process.on("exit", killNow);
  return {
    pid,
    exitCode: () => exitCode,
    async stop() {
      child.kill("SIGTERM");
      const limit = setTimeout(killNow, stopLimitMs);
      const code = await ended;
      clearTimeout(limit);
      return code;
    },
    async kill() {
      killNow();
      await ended;
    },
  };
}
