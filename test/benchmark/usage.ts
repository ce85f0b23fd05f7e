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

export function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}`);
  return {
    cpuUs: sum(threads.map(cpuUsOf)),
    contextSwitches: sum(threads.map(contextSwitchesOf)),
    residentKib: field(status, "VmRSS"),
    residentPeakKib: field(status, "VmHWM"),
  };
}

/** The first field of schedstat is in ns; utime and stime in stat are in steps of 10 ms. Node's threads never end. */
function cpuUsOf(thread: string): number {
  return Number(readFileSync(`${thread}/schedstat`, "utf8").split(" ")[0]) / 1000;
}

/** Waits and preemptions alike. */
function contextSwitchesOf(thread: string): number {
  const status = readFileSync(`${thread}/status`, "utf8");
  return field(status, "voluntary_ctxt_switches") + field(status, "nonvoluntary_ctxt_switches");
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function field(status: string, name: string): number {
  const value = new RegExp(`^${name}:\\s*(\\d+)`, "m").exec(status)?.[1];
  if (value === undefined) throw new Error(`no ${name} in /proc/PID/status`);
  return Number(value);
}
