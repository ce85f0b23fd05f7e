import { closeSync, openSync, readdirSync, readFileSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { compileShim } from "./compile.ts";

/** Processes that take this environment live through `suspend` as through a suspend of their machine. */
export interface Suspension {
  readonly env: Readonly<Record<string, string>>;
  /** Stops the process, and has its monotonic clocks stand still, while `during` goes on. */
  suspend(pid: number, during: () => Promise<void>): Promise<void>;
}

/** @param folder for a file of its own */
export function createSuspension(folder: string): Suspension {
  const file = join(folder, "suspended-ns");
  let suspendedNs = 0n;
  const bytes = () => Buffer.from(BigInt64Array.of(suspendedNs).buffer);
  writeFileSync(file, bytes());
  return {
    env: { LD_PRELOAD: compileShim("suspend"), SUSPENDED_NS_FILE: file },
    async suspend(pid, during) {
      process.kill(pid, "SIGSTOP");
      // Its clock would go backwards if less than what is taken off had passed for any of its threads.
      while (!isStopped(pid)) await new Promise((resolve) => setTimeout(resolve, 1));
      const fromNs = process.hrtime.bigint();
      await during();
      suspendedNs += process.hrtime.bigint() - fromNs;
      // In place: the process has it mapped.
      const descriptor = openSync(file, "r+");
      writeSync(descriptor, bytes());
      closeSync(descriptor);
      process.kill(pid, "SIGCONT");
    },
  };
}

function isStopped(pid: number): boolean {
  const threads = readdirSync(`/proc/${pid}/task`);
  const stat = (thread: string) => readFileSync(`/proc/${pid}/task/${thread}/stat`, "utf8");
  return threads.every((thread) => /^.*\) T /.test(stat(thread)));
}
