// What a process has used, as Linux counts it; see proc(5).
import { readdirSync, readFileSync } from "node:fs";

export interface Usage {
  /** Time on a CPU in µs, of all threads. */
  readonly cpuUs: number;
  readonly contextSwitches: number;
  /** VmRSS in KiB. */
  readonly residentKib: number;
  /** VmHWM in KiB. */
  readonly residentPeakKib: number;
}

type OfThread = Pick<Usage, "cpuUs" | "contextSwitches">;

/** Reads what a process has used. A thread that has ended meanwhile counts with what it had used at the last reading. */
export function usageMeter(pid: number): () => Usage {
  const threads = new Map<string, OfThread>();
  return () => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const used = usageOfThread(`/proc/${pid}/task/${thread}`);
      if (used !== undefined) threads.set(thread, used);
    }
    const all = [...threads.values()];
    return {
      cpuUs: sum(all.map(({ cpuUs }) => cpuUs)),
      contextSwitches: sum(all.map(({ contextSwitches }) => contextSwitches)),
      residentKib: field(status, "VmRSS"),
      residentPeakKib: field(status, "VmHWM"),
    };
  };
}

/**
 * The first field of schedstat is in ns and exact; utime and stime in stat are in steps of 10 ms. Switches are waits and
 * preemptions alike.
 */
function usageOfThread(folder: string): OfThread | undefined {
  let schedstat: string;
  let status: string;
  try {
    schedstat = readFileSync(`${folder}/schedstat`, "utf8");
    status = readFileSync(`${folder}/status`, "utf8");
  } catch {
    return undefined; // It ended between the two.
  }
  return {
    cpuUs: Number(schedstat.split(" ")[0]) / 1000,
    contextSwitches: field(status, "voluntary_ctxt_switches") + field(status, "nonvoluntary_ctxt_switches"),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function field(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1];
  if (value === undefined) throw new Error(`no ${name} in /proc/PID/status`);
  return Number(value);
}
