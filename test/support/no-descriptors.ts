import { execFileSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";

const prlimit = (...args: readonly string[]) =>
  `${execFileSync("prlimit", ["--pid", String(process.pid), ...args])}`.trim();

/** Calls `act` while this process has no descriptor left; what `act` leads to later has them again. */
export function withoutDescriptors<Result>(act: () => Result): Result {
  const before = prlimit("--nofile", "--output", "SOFT", "--noheadings");
  prlimit("--nofile=100:");
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EMFILE")) throw error;
    return act();
  } finally {
    for (const fd of taken) closeSync(fd);
    prlimit(`--nofile=${before}:`);
  }
}
