// The real daemon as a process of its own: the program that runs the demo or the bench, with `run`.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

export interface Daemon {
  readonly pid: number;
  /** How it ended, in words; undefined while it runs. */
  whyEnded(): string | undefined;
  /** The end of its log. */
  lastLogLines(): readonly string[];
  /** Sends SIGTERM, and SIGKILL if that does not help; resolves to the exit code, or null if a signal ended it. */
  stop(): Promise<number | null>;
  /** Ends it at once if it still runs: a drain may take as long as a deadline. */
  kill(): Promise<void>;
}

export interface DaemonOptions {
  readonly configFile: string;
  /** Gets each line of its log. */
  readonly onLogLine?: (line: string) => void;
  /** Called when it has ended. */
  readonly onEnd: () => void;
}

/** The daemon needs less: its longest deadline, and 3 s for the rest. */
const stopLimitMs = 8000;

/** Enough to see why it ended. */
const lastLinesMax = 30;

export function startDaemon({ configFile, onLogLine = () => {}, onEnd }: DaemonOptions): Daemon {
  const program = process.argv[1];
  if (program === undefined) throw new Error("this process has no program file to start the daemon from");
  const child = spawn(process.execPath, [...process.execArgv, program, "run", "--config", configFile], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${process.execPath} did not start`);
  const lastLines: string[] = [];
  let exitCode: number | null | undefined;
  const ended = once(child, "close").then(([code]: (number | null)[]) => {
    exitCode = code ?? null;
    process.off("exit", killNow);
    onEnd();
    return exitCode;
  });
  createInterface({ input: child.stderr }).on("line", (line) => {
    lastLines.push(line);
    if (lastLines.length > lastLinesMax) lastLines.shift();
    onLogLine(line);
  });

  function killNow(): void {
    child.kill("SIGKILL");
  }
  process.on("exit", killNow);
  return {
    pid,
    whyEnded() {
      if (exitCode === undefined) return undefined;
      const how = exitCode === null ? "by a signal" : `with exit code ${exitCode}`;
      return `the gateway ended ${how}`;
    },
    lastLogLines: () => lastLines,
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
