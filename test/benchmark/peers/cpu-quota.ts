// A cgroup whose processes get a share of one core, as long as it is there.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * A tenth of a core, and a period in which a slow core does as much as a tenth of this one: with the usual period of 100 ms
 * the quota is a stop of up to 90 ms behind 10 ms at full speed, which no slow core does.
 */
const quotaUs = 1000;
const periodUs = 10_000;

export interface CpuQuota {
  readonly text: string;
  /** Takes a process with all its threads. */
  add(pid: number): void;
  /** What still runs has the whole machine again. */
  remove(): void;
}

type Hierarchy =
  | { readonly kind: "v2"; readonly root: string }
  | { readonly kind: "v1"; readonly root: string }
  | { readonly kind: "none"; readonly why: string };

export function openCpuQuota(): CpuQuota | { readonly why: string } {
  const hierarchy = findHierarchy();
  if (hierarchy.kind === "none") return hierarchy;
  const folder = join(hierarchy.root, `rrpc-benchmark-${process.pid}`);
  const set = (file: string, text: string) => writeFileSync(join(folder, file), text);
  const remove = () => {
    if (!existsSync(folder)) return;
    // Only an empty one can be removed, and what is being ended may still be there.
    const pids = readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean);
    for (const pid of pids) writeFileSync(join(hierarchy.root, "cgroup.procs"), pid);
    rmdirSync(folder);
  };
  try {
    mkdirSync(folder);
    process.on("exit", remove);
    if (hierarchy.kind === "v2") {
      set("cpu.max", `${quotaUs} ${periodUs}`);
    } else {
      set("cpu.cfs_period_us", String(periodUs));
      set("cpu.cfs_quota_us", String(quotaUs));
    }
  } catch (error) {
    remove();
    return { why: String(error) };
  }
  const text = `${quotaUs / 1000} ms of CPU in every ${periodUs / 1000} ms`;
  return { text, add: (pid) => set("cgroup.procs", String(pid)), remove };
}

function findHierarchy(): Hierarchy {
  if (process.getuid?.() !== 0) return { kind: "none", why: "it takes root" };
  const root = "/sys/fs/cgroup";
  const v1 = join(root, "cpu");
  if (existsSync(join(v1, "cpu.cfs_quota_us"))) return { kind: "v1", root: v1 };
  const controllers = join(root, "cgroup.subtree_control");
  if (!existsSync(controllers)) return { kind: "none", why: "there are no cgroups" };
  if (readFileSync(controllers, "utf8").split(/\s/).includes("cpu")) return { kind: "v2", root };
  return { kind: "none", why: `${controllers} does not name cpu` };
}
