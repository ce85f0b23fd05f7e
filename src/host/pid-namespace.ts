import { readlinkSync } from "node:fs";
import { attempt } from "./attempt.ts";

/** The name of a process's PID namespace, which is a container's own; undefined where it cannot be seen. */
export function pidNamespace(pid: number | "self"): string | undefined {
  return attempt(() => readlinkSync(`/proc/${pid}/ns/pid`));
}
