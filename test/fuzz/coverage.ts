import { type Profiler, Session } from "node:inspector";

/** From and to, in characters of a script; the end is excluded. */
type Range = readonly [from: number, to: number];

/**
 * What of the sources in a folder has run so far, block by block, as V8 itself counts it: what guides a fuzzer. Nothing
 * is instrumented and nothing installed. One look takes a millisecond, so look once for several runs.
 */
export class Coverage {
  readonly #session = new Session();
  readonly #folder: string;
  /** For each function that has run, the parts that have not. */
  readonly #dark = new Map<string, readonly Range[]>();

  /** @param folder part of the URLs of the scripts that count. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** What has run since the last look. */
  look(): readonly Profiler.ScriptCoverage[] {
    let scripts: Profiler.ScriptCoverage[] = [];
    // In one thread the answer has come when `post` returns.
    this.#session.post("Profiler.takePreciseCoverage", (error, { result }) => {
      if (error !== null) throw error;
      scripts = result;
    });
    return scripts.filter(({ url }) => url.includes(this.#folder));
  }

  /** Whether `scripts` have something that had not run before. */
  isNew(scripts: readonly Profiler.ScriptCoverage[]): boolean {
    return [...this.#after(scripts)].length > 0;
  }

  add(scripts: readonly Profiler.ScriptCoverage[]): void {
    for (const [name, dark] of this.#after(scripts)) this.#dark.set(name, dark);
  }

  close(): void {
    this.#session.disconnect();
  }

  /** The functions of which less is dark with `scripts` than without. */
  *#after(scripts: readonly Profiler.ScriptCoverage[]): Generator<[string, readonly Range[]]> {
    for (const { scriptId, functions } of scripts) {
      for (const { functionName, ranges } of functions) {
        const [whole] = ranges;
        if (whole === undefined || whole.count === 0) continue;
        const name = `${scriptId} ${functionName} ${whole.startOffset}`;
        const before = this.#dark.get(name);
        const now = ranges
          .filter(({ count }) => count === 0)
          .map((part) => [part.startOffset, part.endOffset] as const);
        const dark = before === undefined ? now : common(before, now);
        if (before === undefined || length(dark) < length(before)) yield [name, dark];
      }
    }
  }
}

function common(some: readonly Range[], others: readonly Range[]): readonly Range[] {
  return some.flatMap(([from, to]) =>
    others
      .map(([otherFrom, otherTo]) => [Math.max(from, otherFrom), Math.min(to, otherTo)] as const)
      .filter(([start, end]) => start < end),
  );
}

function length(ranges: readonly Range[]): number {
  return ranges.reduce((sum, [from, to]) => sum + to - from, 0);
}
