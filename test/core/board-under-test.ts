import { Correlator } from "../../src/core/correlator.ts";
import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import { localId } from "../../src/core/local-id.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import type { Output } from "../../src/core/output.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import type { HubRequest } from "./model-hub.ts";
import type { Oracle } from "./oracle.ts";
import type { Timeline } from "./timeline.ts";

/** What of the correlator a world needs: a test may put one there that breaks promises. */
export type Core = Pick<Correlator, "step" | "wakeAt"> & Partial<Pick<Correlator, "hasHubRequest">>;

export type CreateCore = (options: CorrelatorOptions) => Core;

interface Surroundings {
  readonly timeline: Timeline;
  readonly oracle: Oracle;
  readonly createCore: CreateCore | undefined;
  readonly perform: (output: Output) => void;
  /** Takes what goes in and what comes out. */
  readonly tell: (direction: "<" | ">", what: Input | Output) => void;
}

/** One board's part of the gateway: its core, and what goes in and comes out. */
export class BoardUnderTest {
  stepCount = 0;
  readonly #process: GatewayProcess;
  readonly #surroundings: Surroundings;
  #options: CorrelatorOptions;
  #core: Core;
  #lastArrivedAt: Instant = 0;
  #localCount = 0;

  constructor(options: CorrelatorOptions, process: GatewayProcess, surroundings: Surroundings) {
    this.#process = process;
    this.#surroundings = surroundings;
    this.#options = options;
    this.#core = this.#createCore();
  }

  get options(): CorrelatorOptions {
    return this.#options;
  }

  /** When its alarm rings; undefined while it does not. */
  get wakeAt(): Instant | undefined {
    return this.#process.isSuspended ? undefined : this.#core.wakeAt();
  }

  step(input: Input): void {
    const { timeline, oracle, tell } = this.#surroundings;
    this.stepCount += 1;
    tell(">", input);
    for (const output of this.#core.step(input, timeline.now)) this.put(output);
    oracle.stepDone(timeline.now, this.#core.hasHubRequest);
  }

  /** Performs what has come out. */
  put(output: Output): void {
    const { perform, tell } = this.#surroundings;
    tell("<", output);
    perform(output);
  }

  request({ id, payload }: HubRequest): void {
    this.#process.reaches(() => {
      const { now } = this.#surroundings.timeline;
      const earliest = this.#process.suspension?.since ?? now;
      this.#lastArrivedAt = Math.max(earliest, this.#lastArrivedAt);
      this.#surroundings.oracle.request(id, payload, this.#lastArrivedAt, now);
      this.step({ kind: "request", processId: id, payload, arrivedAt: earliest });
    });
  }

  /** One from this machine, which may have waited as long for the process to run as the hub's. */
  requestLocally(payload: Buffer): void {
    this.#process.reaches(() => {
      const { now } = this.#surroundings.timeline;
      const arrivedAt = this.#process.suspension?.since ?? now;
      const id = this.lastLocalId(1);
      this.#localCount += 1;
      this.#surroundings.oracle.request(id, payload, arrivedAt, now, "local");
      this.step({ kind: "request", processId: id, payload, arrivedAt, source: "local" });
    });
  }

  /** @param ahead 1 for the one that comes next */
  lastLocalId(ahead = 0): string {
    return localId(this.#localCount + ahead);
  }

  /** Takes other options. */
  configure(options: CorrelatorOptions): void {
    this.#options = options;
    this.#surroundings.oracle.reloaded(options);
    this.step({ kind: "configure", options });
  }

  /** It begins anew, in a process that knows nothing. */
  restart(): void {
    this.#lastArrivedAt = 0;
    this.#surroundings.oracle.killed(this.#options, this.#surroundings.timeline.now);
    this.#core = this.#createCore();
  }

  #createCore(): Core {
    return this.#surroundings.createCore?.(this.#options) ?? new Correlator(this.#options);
  }
}
