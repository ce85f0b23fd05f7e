// A thread that does nothing but sleep and look, so that what the tests do meanwhile cannot make it late.
import { readFileSync } from "node:fs";
import { workerData } from "node:worker_threads";
import { intervalMs, pidsAt, pidsMax, stopAt, worstAt } from "./shared-words.ts";
import { type Sample, WaitWindow } from "./wait-window.ts";

const words = workerData as Int32Array<SharedArrayBuffer>;
const window = new WaitWindow();

for (let beforeMs = performance.now(); Atomics.wait(words, stopAt, 0, intervalMs) === "timed-out"; ) {
  const nowMs = performance.now();
  const waits = new Map<number, number>();
  for (let index = 0; index < pidsMax; index += 1) {
    const pid = Atomics.load(words, pidsAt + index);
    const waitedMs = pid === 0 ? undefined : waitedMsOf(pid);
    if (waitedMs !== undefined) waits.set(pid, waitedMs);
  }
  const sample: Sample = { lateMs: nowMs - beforeMs - intervalMs, waitedMs: waits };
  Atomics.store(words, worstAt, Math.max(Atomics.load(words, worstAt), Math.round(window.add(sample))));
  beforeMs = nowMs;
}

/**
 * How long, in ms, a process' first thread has been ready to run while others had the processors: the second field of
 * /proc/PID/schedstat, in ns (the kernel's sched-stats.rst). Undefined for a process that has ended.
 */
function waitedMsOf(pid: number): number | undefined {
  try {
    const [, waitedNs = ""] = readFileSync(`/proc/${pid}/schedstat`, "latin1").split(" ");
    return Number(waitedNs) / 1e6;
  } catch {
    return undefined;
  }
}
