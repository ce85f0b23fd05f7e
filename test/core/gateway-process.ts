import type { Instant } from "../../src/core/instant.ts";
import type { Suspension } from "../../src/runtime/suspension.ts";
import type { Timeline } from "./timeline.ts";

/** What the fate of the process means to one board in it. */
export interface ProcessMember {
  /** What has come before the process was suspended may be older than it looks, and nothing is to be written before `until`. */
  readonly resumed: (until: Instant) => void;
  /** Time has passed that the process has not seen. */
  readonly slept: () => void;
  /** First each board's books learn that the session is gone, then the gateway. */
  readonly sessionLost: { readonly note: () => void; readonly step: () => void };
  readonly drains: { readonly note: () => void; readonly step: () => void };
  /** The process has died, and another one is there. What else is drawn of it comes from `seed`. */
  readonly killed: (seed: number) => void;
}

/** How long after a suspension what has piled up is read. */
const catchUpMs = 100;

/** The process that everything of a gateway runs in: it can be suspended, and be killed, and is told of nothing meanwhile. */
export class GatewayProcess {
  isDraining = false;
  readonly #timeline: Timeline;
  readonly #restart: () => void;
  readonly #members: ProcessMember[] = [];
  #startedAt: Instant;
  /** What has come while it is suspended, in order. */
  #backlog: (() => void)[] | undefined;
  #suspension: Suspension = { since: 0, until: 0 };

  /** @param restart another process is there in place of one that has died, before its boards learn of it */
  constructor(timeline: Timeline, restart: () => void = () => {}) {
    this.#timeline = timeline;
    this.#restart = restart;
    this.#startedAt = timeline.now;
  }

  join(member: ProcessMember): void {
    this.#members.push(member);
  }

  get isSuspended(): boolean {
    return this.#backlog !== undefined;
  }

  /** The suspension whose backlog is being read, if there is one. */
  get suspension(): Suspension | undefined {
    return this.#timeline.now < this.#suspension.until ? this.#suspension : undefined;
  }

  /** Something comes to it: at once, or as soon as it runs again. */
  reaches(run: () => void): void {
    if (this.#backlog === undefined) run();
    else this.#backlog.push(run);
  }

  loseSession(): void {
    this.#reachesAll((member) => member.sessionLost);
  }

  drain(): void {
    this.reaches(() => {
      this.isDraining = true;
    });
    this.#reachesAll((member) => member.drains);
  }

  /** @param beatMs how long ago it was last known to run: requests that it has taken since are younger. */
  suspend(ms: number, beatMs: number): void {
    const timeline = this.#timeline;
    const since = Math.max(this.#startedAt, timeline.now - beatMs);
    this.#holdBack(ms, () => {
      this.#suspension = { since, until: timeline.now + catchUpMs };
      for (const { resumed } of this.#members) resumed(this.#suspension.until);
    });
  }

  /** For `forMs` it runs 80 ms in each `everyMs`. */
  starve(forMs: number, everyMs: number): void {
    for (let afterMs = 0; afterMs < forMs; afterMs += everyMs)
      this.#timeline.after(afterMs, () => {
        if (!this.isSuspended) this.suspend(everyMs - 80, 0);
      });
  }

  /**
   * The machine sleeps: nobody here does anything, and what comes next may be anything.
   * @param isNoticed whether the process is told of it first, as of any suspension.
   */
  sleep(ms: number, isNoticed: boolean): void {
    if (isNoticed) this.suspend(ms, 0);
    else
      this.#holdBack(ms, () => {
        for (const { slept } of this.#members) slept();
      });
  }

  /** Dies and is there again at once; it knows nothing. */
  kill(seed: number): void {
    this.isDraining = false;
    this.#backlog = undefined;
    this.#suspension = { since: 0, until: 0 };
    this.#startedAt = this.#timeline.now;
    this.#restart();
    for (const { killed } of this.#members) killed(seed);
  }

  #reachesAll(what: (member: ProcessMember) => { readonly note: () => void; readonly step: () => void }): void {
    this.reaches(() => {
      for (const member of this.#members) what(member).note();
      for (const member of this.#members) what(member).step();
    });
  }

  /** Keeps what comes for so long. */
  #holdBack(ms: number, onRunning: () => void): void {
    const backlog: (() => void)[] = [];
    this.#backlog = backlog;
    this.#timeline.after(ms, () => {
      if (this.#backlog !== backlog) return;
      this.#backlog = undefined;
      onRunning();
      for (const run of backlog) run();
    });
  }
}
