import { Correlator } from "../../src/core/correlator.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions, Input, Output } from "../../src/core/step.ts";
import type { Judge } from "./judge.ts";
import type { HubRequest } from "./model-hub.ts";
import type { Schedule } from "./schedule.ts";

/** What of the correlator a world needs: a test may put one there that breaks promises. */
export type Core = Pick<Correlator, "step" | "wakeAt">;

export type CreateCore = (options: CorrelatorOptions) => Core;

/** How long after a stand-still what has piled up is read. */
const catchUpMs = 100;

interface Surroundings {
  readonly schedule: Schedule;
  readonly judge: Judge;
  readonly createCore: CreateCore | undefined;
  readonly perform: (output: Output) => void;
  /** Takes what goes in and what comes out. */
  readonly tell: (direction: "<" | ">", what: Input | Output) => void;
}

/** The process that the correlator runs in: it can stand still, be killed, and is told of nothing meanwhile. */
export class GatewayProcess {
  stepCount = 0;
  isDraining = false;
  readonly #surroundings: Surroundings;
  #options: CorrelatorOptions;
  #core: Core;
  #startedAt: Instant;
  #lastArrivedAt: Instant = 0;
  /** What has come while it stands still, in order. */
  #backlog: (() => void)[] | undefined;
  #standStill = { since: 0, until: 0 };

  constructor(options: CorrelatorOptions, surroundings: Surroundings) {
    this.#surroundings = surroundings;
    this.#options = options;
    this.#startedAt = surroundings.schedule.now;
    this.#core = this.#createCore();
  }

  get options(): CorrelatorOptions {
    return this.#options;
  }

  get standsStill(): boolean {
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
    const { schedule, judge, perform, tell } = this.#surroundings;
    this.stepCount += 1;
    tell(">", input);
    for (const output of this.#core.step(input, schedule.now)) {
      tell("<", output);
      perform(output);
    }
    judge.stepDone(schedule.now);
  }

  request({ id, payload }: HubRequest): void {
    this.reaches(() => {
      const { now } = this.#surroundings.schedule;
      const earliest = now < this.#standStill.until ? this.#standStill.since : now;
      this.#lastArrivedAt = Math.max(earliest, this.#lastArrivedAt);
      this.#surroundings.judge.request(id, payload, this.#lastArrivedAt, now);
      this.step({ kind: "request", processId: id, payload, arrivedAt: earliest });
    });
  }

  drain(): void {
    this.reaches(() => {
      this.isDraining = true;
      this.#surroundings.judge.drains();
      this.step({ kind: "drain" });
    });
  }

  /** @param beatMs how long ago it was last known to run: requests that it has taken since are younger. */
  standStill(ms: number, beatMs: number): void {
    const { schedule, judge } = this.#surroundings;
    const since = Math.max(this.#startedAt, schedule.now - beatMs);
    const backlog: (() => void)[] = [];
    this.#backlog = backlog;
    schedule.after(ms, () => {
      if (this.#backlog !== backlog) return;
      this.#backlog = undefined;
      this.#standStill = { since, until: schedule.now + catchUpMs };
      judge.stoodStill(this.#standStill.until);
      this.step({ kind: "stood_still", until: this.#standStill.until });
      for (const run of backlog) run();
    });
  }

  /** For `forMs` it runs 80 ms in each `everyMs`. */
  starve(forMs: number, everyMs: number): void {
    for (let afterMs = 0; afterMs < forMs; afterMs += everyMs)
      this.#surroundings.schedule.after(afterMs, () => {
        if (!this.standsStill) this.standStill(everyMs - 80, 0);
      });
  }

  /**
   * The machine sleeps: nobody here does anything, and what comes next may be anything.
   * @param isNoticed whether the process is told of it first, as of any stand-still.
   */
  sleep(ms: number, isNoticed: boolean): void {
    if (isNoticed) {
      this.standStill(ms, 0);
      return;
    }
    const backlog: (() => void)[] = [];
    this.#backlog = backlog;
    this.#surroundings.schedule.after(ms, () => {
      if (this.#backlog !== backlog) return;
      this.#backlog = undefined;
      this.#surroundings.judge.slept(this.#surroundings.schedule.now);
      for (const run of backlog) run();
    });
  }

  /** Takes other options. */
  configure(options: CorrelatorOptions): void {
    this.#options = options;
    this.#surroundings.judge.reloaded(options);
    this.step({ kind: "configure", options });
  }

  /** Dies and is there again at once; it knows nothing. */
  kill(): void {
    this.isDraining = false;
    this.#backlog = undefined;
    this.#standStill = { since: 0, until: 0 };
    this.#startedAt = this.#surroundings.schedule.now;
    this.#lastArrivedAt = 0;
    this.#surroundings.judge.killed(this.#options, this.#surroundings.schedule.now);
    this.#core = this.#createCore();
  }

  #createCore(): Core {
    return this.#surroundings.createCore?.(this.#options) ?? new Correlator(this.#options);
  }
}
