import { Worker } from "node:worker_threads";
import { pidsAt, pidsMax, stopAt, worstAt } from "./shared-words.ts";

/**
 * Whether the machine let the gateway run: asked of the kernel and of a thread that only sleeps, never of the gateway
 * itself, whose missed deadline would excuse itself.
 */
export interface StarvationMeter {
  /** Also measures this process, from now on. */
  follow(pid: number): void;
  /** The most that anything followed had to wait for a processor within half a second, in ms. */
  worstMs(): number;
  /** Whether that was more than any test leaves room for. */
  wasStarved(): boolean;
  stop(): Promise<void>;
}

/** Errors go out 100 ms before their deadline: who waits longer for a processor cannot keep it. */
const starvedMs = 100;

export function startStarvationMeter(): StarvationMeter {
  const words = new Int32Array(new SharedArrayBuffer((pidsAt + pidsMax) * Int32Array.BYTES_PER_ELEMENT));
  // A thread does not take over its process' loader of TypeScript.
  const start = `import("tsx/esm/api").then(({ tsImport }) => tsImport("./sampler.ts", ${JSON.stringify(import.meta.url)}))`;
  const worker = new Worker(start, { eval: true, workerData: words });
  const ended = new Promise<void>((resolve, reject) => {
    worker.once("error", reject);
    worker.once("exit", () => resolve());
  });
  let pidCount = 0;
  const worstMs = () => Atomics.load(words, worstAt);
  return {
    follow(pid) {
      if (pid <= 0) return;
      Atomics.store(words, pidsAt + (pidCount % pidsMax), pid);
      pidCount += 1;
    },
    worstMs,
    wasStarved: () => worstMs() >= starvedMs,
    async stop() {
      Atomics.store(words, stopAt, 1);
      Atomics.notify(words, stopAt);
      await ended;
    },
  };
}

/**
 * How many plays of tests may be void because the machine let nobody run: two, and one of ten beyond. A machine that is
 * slower than that is too slow to test on, and says so.
 */
export class VoidPlays {
  #played = 0;
  #void = 0;

  played(): void {
    this.#played += 1;
  }

  /** Counts one; false if that is one too many. */
  mayBeVoid(): boolean {
    this.#void += 1;
    return this.#void <= 2 + this.#played / 10;
  }

  get count(): number {
    return this.#void;
  }
}
