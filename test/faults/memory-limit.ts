import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startDaemon } from "../support/daemon.ts";

/** Starts the program as a unit's `MemoryMax=` does: beyond that, the kernel's buffers counted, the kernel ends it. */
export interface MemoryLimit {
  readonly launch: typeof startDaemon;
  /** The most that it has had, with the kernel's buffers; of the last one that has ended. */
  peakMiB(): number;
}

export function limitMemory(maxMiB: number): MemoryLimit {
  let startCount = 0;
  let peakMiB = 0;
  return {
    launch(args, onStderr, env) {
      const { root, limit, peak } = controller();
      startCount += 1;
      const group = join(root, `rrpc-faults-${process.pid}-${startCount}`);
      mkdirSync(group);
      writeFileSync(join(group, limit), `${maxMiB * 1024 * 1024}`);
      const enter = `echo $$ > ${join(group, "cgroup.procs")} && exec "$@"`;
      const daemon = startDaemon(args, onStderr, env, ["sh", "-c", enter, "sh"]);
      void daemon.ended.then(() => {
        peakMiB = Number(readFileSync(join(group, peak), "utf8")) / 1024 / 1024;
        rmdirSync(group);
      });
      return daemon;
    },
    peakMiB: () => peakMiB,
  };
}

/** Where cgroups that limit memory are made, and what their files are called: version 1 of cgroups, or version 2. */
function controller(): { root: string; limit: string; peak: string } {
  const root = "/sys/fs/cgroup/memory";
  if (existsSync(root)) return { root, limit: "memory.limit_in_bytes", peak: "memory.max_usage_in_bytes" };
  return { root: "/sys/fs/cgroup", limit: "memory.max", peak: "memory.peak" };
}
