import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { fileURLToPath } from "node:url";

/** The built program's file. */
export const program = fileURLToPath(new URL("../../dist/bin/rrpc-gateway.cjs", import.meta.url));

/** The Node.js that it runs on: this process' own, or an older one that the tests themselves cannot run on. */
export const node = process.env["DAEMON_NODE"] ?? process.execPath;

/** The built program as a process of its own. */
export interface Daemon {
  readonly pid: number;
  /** All that it has written to standard error so far. */
  stderr(): string;
  /** Where that is read from: whoever pauses it lets the pipe fill up. */
  readonly stderrPipe: Readable;
  signal(signal: NodeJS.Signals): void;
  /** Settles, when standard error is read to its end, to the exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/**
 * Starts `rrpc-gateway ARGS`; `onStderr` is called after each piece of standard error, `env` is added to ours. `through`
 * is a command that takes ours as its arguments and becomes it, as `setpriv` and `nice` do.
 */
export function startDaemon(
  args: readonly string[],
  onStderr: () => void = () => {},
  env: Readonly<Record<string, string>> = {},
  through: readonly string[] = [],
): Daemon {
  const [file = node, ...rest] = [...through, node, program, ...args];
  const child = spawn(file, rest, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, ...env },
  });
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
    onStderr();
  });
  return {
    // Undefined only where the program could not be started, which rejects `ended`.
    pid: child.pid ?? -1,
    stderr: () => stderr,
    stderrPipe: child.stderr,
    signal: (signal) => child.kill(signal),
    ended: once(child, "close").then(([code, signal]: unknown[]) => (code ?? signal) as number | NodeJS.Signals),
  };
}
