import { spawn } from "node:child_process";
import { once } from "node:events";
import { node, program } from "./daemon.ts";

/** A command of the built program, as somebody runs it beside the gateway, and what it has said so far. */
export interface Command {
  readonly pid: number;
  stdout(): string;
  stderr(): string;
  signal(signal: NodeJS.Signals): void;
  /** Settles, when all of its output is read, to the exit code, or to the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts `rrpc-gateway ARGS`; `onOutput` is called after each piece of output, and at its end. */
export function startCommand(args: readonly string[], onOutput: () => void): Command {
  const child = spawn(node, [program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => {
      said[name] += text;
      onOutput();
    });
  }
  const ended = once(child, "close").then(([code, signal]: unknown[]) => {
    onOutput();
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    signal: (signal) => child.kill(signal),
    ended,
  };
}
