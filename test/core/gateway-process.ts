import { Correlator } from "../../src/core/correlator.ts";
import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import type { Output } from "../../src/core/output.ts";
import type { HubRequest } from "./model-hub.ts";
import type { Oracle } from "./oracle.ts";
import type { Timeline } from "./timeline.ts";

/** What of the correlator a world needs: a test may put one there that breaks promises. */
export type Core = Pick<Correlator, "step" | "wakeAt">;

export type CreateCore = (options: CorrelatorOptions) => Core;

/** How long after a suspension what has piled up is read. */
const catchUpMs = 100;

interface Surroundings {
  readonly timeline: Timeline;
  readonly oracle: Oracle;
  readonly createCore: CreateCore | undefined;
  readonly perform: (output: Output) => void;
  /** Takes what goes in and what comes out. */
  readonly tell: (direction: "<" | ">", what: Input | Output) => void;
}

/** The process that the correlator runs in: it can be suspended, be killed, and is told of nothing meanwhile. */
export class GatewayProcess {
  stepCount = 0;
  isDraining = false;
  readonly #surroundings: Surroundings;
  #options: CorrelatorOptions;
  #core: Core;
  #startedAt: Instant;
  #lastArrivedAt: Instant = 0;
  /** What has come while it is suspended, in order. */
  #backlog: (() => void)[] | undefined;
  #suspension = { since: 0, until: 0 };

  constructor(options: CorrelatorOptions, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#options = options;
    this.#startedAt = surroundings.timeline.now;
    this.#core = this.#createCore();
  }

  get options(): CorrelatorOptions {
    return this.#options;
  }

  get isSuspended(): boolean {
    return this.#backlog !== undefined;
  }

  /** When its alarm rings; undefined while it does not. */
  get wakeAt(): Instant | undefined {
    return this.#backlog === undefined ? this.#core.wakeAt() : undefined;
  }

  /** Something comes to it: at once, or as soon as it runs again. */
  reaches(run: () => void): void {
    if (this.#backlog === undefined) run();
    else this.#backlog.push(run);
  }

  step(input: Input): void {
    const { timeline, oracle, perform, tell } = this.#surroundings;
    this.stepCount += 1;
    tell(">", input);
    for (const output of this.#core.step(input, timeline.now)) {
      tell("<", output);
      perform(output);
    }
    oracle.stepDone(timeline.now);
  }

  request({ id, payload }: HubRequest): void {
    this.reaches(() => {
      const { now } = this.#surroundings.timeline;
      const earliest = now < this.#suspension.until ? this.#suspension.since : now;
      this.#lastArrivedAt = Math.max(earliest, this.#lastArrivedAt);
      this.#surroundings.oracle.request(id, payload, this.#lastArrivedAt, now);
      this.step({ kind: "request", processId: id, payload, arrivedAt: earliest });
    });
  }

  drain(): void {
    this.reaches(() => {
      this.isDraining = true;
      this.#surroundings.oracle.drains();
      this.step({ kind: "drain" });
    });
  }

  /** @param beatMs how long ago it was last known to run: requests that it has taken since are younger. */
  suspend(ms: number, beatMs: number): void {
    const { timeline, oracle } = this.#surroundings;
    const since = Math.max(this.#startedAt, timeline.now - beatMs);
    const backlog: (() => void)[] = [];
    this.#backlog = backlog;
    timeline.after(ms, () => {
      if (this.#backlog !== backlog) return;
      this.#backlog = undefined;
      this.#suspension = { since, until: timeline.now + catchUpMs };
      oracle.resumed(this.#suspension.until);
      this.step({ kind: "resumed", until: this.#suspension.until });
      for (const run of backlog) run();
    });
  }

  /** For `forMs` it runs 80 ms in each `everyMs`. */
  starve(forMs: number, everyMs: number): void {
    for (let afterMs = 0; afterMs < forMs; afterMs += everyMs)
      this.#surroundings.timeline.after(afterMs, () => {
        if (!this.isSuspended) this.suspend(everyMs - 80, 0);
      });
  }

  /**
   * The machine sleeps: nobody here does anything, and what comes next may be anything.
   * @param isNoticed whether the process is told of it first, as of any suspension.
   */
  sleep(ms: number, isNoticed: boolean): void {
    if (isNoticed) {
      this.suspend(ms, 0);
      return;
    }
    const backlog: (() => void)[] = [];
    this.#backlog = backlog;
    this.#surroundings.timeline.after(ms, () => {
      if (this.#backlog !== backlog) return;
      this.#backlog = undefined;
      this.#surroundings.oracle.slept(this.#surroundings.timeline.now);
      for (const run of backlog) run();
    });
  }

  /** Takes other options. */
  configure(options: CorrelatorOptions): void {
    this.#options = options;
    this.#surroundings.oracle.reloaded(options);
    this.step({ kind: "configure", options });
  }

  /** Dies and is there again at once; it knows nothing. */
  kill(): void {
    this.isDraining = false;
    this.#backlog = undefined;
    this.#suspension = { since: 0, until: 0 };
    this.#startedAt = this.#surroundings.timeline.now;
    this.#lastArrivedAt = 0;
    this.#surroundings.oracle.killed(this.#options, this.#surroundings.timeline.now);
    this.#core = this.#createCore();
  }

  #createCore(): Core {
    return this.#surroundings.createCore?.(this.#options) ?? new Correlator(this.#options);
  }
}
