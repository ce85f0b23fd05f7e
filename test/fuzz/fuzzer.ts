import { performance } from "node:perf_hooks";
import { SeededRandom } from "../support/seeded-random.ts";
import { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";

/** Something that takes any bytes; it throws where it does not keep what it promises. */
export interface Target {
  readonly name: string;
  /** What inputs are made from first. */
  readonly seeds: readonly string[];
  /** What means something to it. */
  readonly words: readonly string[];
  readonly bytesMax: number;
  /** Part of the URLs of the sources that an input shall reach more of. */
  readonly folder: string;
  readonly run: (input: Buffer) => void;
}

export interface FuzzOptions {
  readonly seed: number;
  /** Inputs of earlier runs. */
  readonly kept: readonly Buffer[];
  readonly forMs: number;
  readonly runsMax: number;
}

export interface Fuzzed {
  readonly runCount: number;
  /** Inputs that reached what neither the seeds nor `kept` had reached. */
  readonly fresh: readonly Buffer[];
}

/** Looking at the coverage once for so many runs costs as much as the runs of a small target. */
const batchSize = 16;

/** An input of a few kB that takes longer is a finding: a thousand times what any should. */
const runLimitMs = 5000;

/** Changes inputs at random, keeps those that reach something new, and goes on with them. A finding throws. */
export function fuzz(target: Target, { seed, kept, forMs, runsMax }: FuzzOptions): Fuzzed {
  const random = new SeededRandom(seed);
  const coverage = new Coverage(target.folder);
  const corpus = [...target.seeds.map((text) => Buffer.from(text)), ...kept];
  const fresh: Buffer[] = [];
  const endAt = performance.now() + forMs;
  let runCount = 0;
  try {
    for (const input of corpus) runOnce(target, input);
    coverage.add(coverage.look());
    while (runCount < runsMax && performance.now() < endAt) {
      const batch = Array.from({ length: batchSize }, () => mutate(random, { ...target, corpus }));
      for (const input of batch) runOnce(target, input);
      runCount += batchSize;
      if (!coverage.isNew(coverage.look())) continue;
      for (const input of batch) {
        runOnce(target, input);
        const reached = coverage.look();
        if (!coverage.isNew(reached)) continue;
        coverage.add(reached);
        corpus.push(input);
        fresh.push(input);
      }
    }
    return { runCount, fresh };
  } finally {
    coverage.close();
  }
}

function runOnce(target: Target, input: Buffer): void {
  const begun = performance.now();
  try {
    target.run(input);
  } catch (cause) {
    throw new Error(`${target.name} fails on ${describeInput(input)}`, { cause });
  }
  const tookMs = performance.now() - begun;
  if (tookMs > runLimitMs) throw new Error(`${target.name} takes ${tookMs} ms for ${describeInput(input)}`);
}

/** As it can be put into the corpus: `base64 -d > test/fuzz/corpus/TARGET/NAME`. */
function describeInput(input: Buffer): string {
  return `${JSON.stringify(input.toString("latin1"))}, in base64 ${input.toString("base64")}`;
}
