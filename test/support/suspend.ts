/** A machine that sleeps, as one process sees it. Needs gcc. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export interface Suspendable {
  /** The environment of a process that is to be put to sleep. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts `signal`'s process to sleep while `during` goes on: its monotonic clocks miss that time. */
  sleep<Result>(signal: (name: "SIGSTOP" | "SIGCONT") => void, during: () => Promise<Result>): Promise<Result>;
}

/** Compiles what is preloaded into `folder`. */
export function suspendable(folder: string): Suspendable {
  const library = join(folder, "suspend.so");
  const source = fileURLToPath(new URL("suspend.c", import.meta.url));
  execFileSync("gcc", ["-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, source]);
  const file = join(folder, "slept");
  let sleptNs = 0n;

  function write(): void {
    // In place: the process has this very file mapped.
    const fd = openSync(file, sleptNs === 0n ? "w" : "r+");
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(sleptNs);
    writeSync(fd, bytes, 0, bytes.length, 0);
    closeSync(fd);
  }

  write();
  return {
    env: { LD_PRELOAD: library, SUSPEND_FILE: file },
    async sleep(signal, during) {
      signal("SIGSTOP");
      const startedAt = process.hrtime.bigint();
      const result = await during();
      sleptNs += process.hrtime.bigint() - startedAt;
      write();
      signal("SIGCONT");
      return result;
    },
  };
}
