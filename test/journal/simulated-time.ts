// All clocks and timers of a process, simulated: a day passes in a second. Node's own mock shows each timer the end of the
// whole step as the time, and remembers every call.
import { syncBuiltinESMExports } from "node:module";
import os from "node:os";
import { performance } from "node:perf_hooks";

interface Timer {
  at: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

/** What `setTimeout` gives; its owner may do with it what it likes. */
class Handle {
  readonly timer: Timer;

  constructor(timer: Timer) {
    this.timer = timer;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}

export interface SimulatedTime {
  /** Runs what is due within the next `ms`, each at its own time. */
  pass(ms: number): void;
  /** Forgets every timer: whatever was running has ended. */
  clear(): void;
}

/** Replaces clocks and timers of this process, for as long as it runs. */
export function simulateTime(): SimulatedTime {
  const startedAtMs = Date.now();
  const timers = new Set<Timer>();
  let now = 0;

  function add(run: () => void, ms: number, everyMs?: number): Handle {
    const timer = { at: now + Math.max(ms, 1), everyMs, run };
    timers.add(timer);
    return new Handle(timer);
  }

  function remove(handle: unknown): void {
    if (handle instanceof Handle) timers.delete(handle.timer);
  }

  Date.now = () => Math.floor(startedAtMs + now);
  performance.now = () => now;
  os.uptime = () => now / 1000;
  // The event loop always finds that there is nothing to read.
  Object.defineProperty(performance, "nodeTiming", { get: () => ({ idleTime: now }), configurable: true });
  syncBuiltinESMExports();
  Object.assign(globalThis, {
    setTimeout: (run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]) => add(() => run(...args), ms),
    setInterval: (run: () => void, ms: number) => add(run, ms, ms),
    clearTimeout: remove,
    clearInterval: remove,
  });

  function nextBy(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    return next;
  }

  return {
    clear: () => timers.clear(),
    pass(ms) {
      const end = now + ms;
      for (let timer = nextBy(end); timer !== undefined; timer = nextBy(end)) {
        now = timer.at;
        if (timer.everyMs === undefined) timers.delete(timer);
        else timer.at += timer.everyMs;
        timer.run();
      }
      now = end;
    },
  };
}
