import type { ControlLines } from "./control-lines.ts";
import type { Evidence } from "./evidence.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import type { Outbox } from "./outbox.ts";
import type { Peer } from "./peer.ts";
import { type Ladder, ladderStart, nextRung, type RecoveryOptions, type Rung } from "./recovery.ts";
import { firstTrial, nextTrial, soonTrial, type Trials, trialAfterUnanswered } from "./trials.ts";

export interface OutageParts {
  readonly evidence: Evidence;
  readonly peer: Peer;
  readonly control: ControlLines;
  readonly inFlight: Pick<InFlight, "isAtWork">;
  readonly outbox: Outbox;
}

/** What can be tried depends on the port. */
type Recourse =
  /** The MCU is asked, and now and then a command is tried. */
  | { readonly kind: "asking"; readonly probeAt: Instant }
  /** The port takes nothing more until it is opened anew. */
  | { readonly kind: "blocked"; readonly probeAt: Instant }
  /** The port is to be closed, because that was asked for. */
  | { readonly kind: "closing"; readonly probeAt: Instant }
  /** … and it is. It will be opened again. */
  | { readonly kind: "closed" };

/** The time in which the MCU is away: what is tried, and when, to bring it back. */
export class Outage {
  readonly #parts: OutageParts;
  readonly #since: Instant;
  /** One that answers probes, and no command, shows only by a reply or a restart that it serves again. */
  #answers: "nothing" | "probes";
  #recourse: Recourse;
  #trials: Trials;
  #ladder: Ladder = ladderStart;
  /** What was tried last. */
  #rung: Rung = "probe";

  constructor(parts: OutageParts, now: Instant) {
    this.#parts = parts;
    this.#since = now;
    this.#recourse = { kind: "asking", probeAt: now };
    const { count: unansweredCount, answersProbes, isProbesOnly } = parts.evidence;
    parts.outbox.report({ kind: "mcu_away", unansweredCount, answersProbes });
    if (!answersProbes) parts.peer.doubt();
    this.#answers = answersProbes ? "probes" : "nothing";
    this.#trials = firstTrial(isProbesOnly, now);
  }

  get answersProbes(): boolean {
    return this.#answers === "probes";
  }

  get isBlocked(): boolean {
    return this.#recourse.kind === "blocked";
  }

  /** When the next thing is tried; undefined while the port is closed. */
  wakeAt(): Instant | undefined {
    return this.#recourse.kind === "closed" ? undefined : this.#recourse.probeAt;
  }

  /** The MCU is back. */
  end(now: Instant): void {
    this.#parts.outbox.report({ kind: "mcu_back", awayMs: now - this.#since, rung: this.#rung });
  }

  linkUp(probeAt: Instant): void {
    this.#recourse = { kind: "asking", probeAt };
  }

  /**
   * @param isReleased somebody else has the port meanwhile
   * @returns whether it goes on, because the port is closed for it; else another MCU may be there when the port is open again.
   */
  linkDown(isReleased: boolean): boolean {
    const goesOn = this.#recourse.kind === "closing" && !isReleased;
    this.#recourse = { kind: "closed" };
    if (!goesOn) this.#parts.outbox.report({ kind: "mcu_unlinked" });
    return goesOn;
  }

  /** What the port was to be closed for is not possible. One that takes nothing is opened anew all the same. */
  linkKept(isStalled: boolean): void {
    if (this.#recourse.kind !== "closing") return;
    if (isStalled) this.#parts.outbox.add({ kind: "reopen", rung: "reopen" });
    else this.#recourse = { ...this.#recourse, kind: "asking" };
  }

  /** The port has taken what it was handed, be it late. */
  written(): void {
    if (this.#recourse.kind === "blocked") this.#recourse = { ...this.#recourse, kind: "asking" };
  }

  /** The port takes no bytes; what is to be tried is tried in its turn. */
  writeStalled(): void {
    if (this.#recourse.kind === "asking") this.#recourse = { ...this.#recourse, kind: "blocked" };
  }

  /**
   * It began because the port takes no bytes.
   * @param isReopening whether the port is opened anew at once
   */
  beginStalled(isReopening: boolean, probeAt: Instant): void {
    this.#recourse = { kind: isReopening ? "closing" : "blocked", probeAt };
    this.#ladder = { askCount: 0, reopenCount: isReopening ? 1 : 0 };
    this.#rung = "reopen";
  }

  /** The answer to a probe is awaited no earlier than that. */
  probeWritten(answerAt: Instant): void {
    if (this.#recourse.kind === "closed") return;
    this.#recourse = { ...this.#recourse, probeAt: Math.max(this.#recourse.probeAt, answerAt) };
  }

  /**
   * One command at a time tries, now and then: at growing intervals where the MCU can be asked as well, for another one may
   * be in its place by now; every few seconds where it has never answered a probe, and shows only by a reply that it is back.
   */
  admitsTrial(openCount: number, knowsProbes: boolean, now: Instant): boolean {
    if (openCount > 0 || now < this.#trials.nextAt) return false;
    return knowsProbes ? this.#recourse.kind === "asking" : this.#recourse.kind !== "closed";
  }

  /** A command is tried. */
  trialWritten(now: Instant): void {
    this.#trials = nextTrial(this.#trials, now);
  }

  /** A tried command was not answered, by an MCU that can show only by a reply that it is there. */
  trialUnanswered(now: Instant): void {
    this.#trials = trialAfterUnanswered(this.#trials, now);
  }

  /** Tries the next thing that may bring the MCU back; the one after it follows at `probeAt`. */
  climb(options: RecoveryOptions, probeAt: Instant, now: Instant): void {
    const { evidence, control, inFlight, outbox } = this.#parts;
    // What was tried since it is away does not count: a caller a second would keep it from being opened anew for ever.
    // As long as only probes stay unanswered it may be one that knows none, and carries out commands; a port that takes
    // nothing can only be opened anew.
    const isWell = evidence.isProbesOnly && !this.isBlocked;
    const isIdle = !isWell && !inFlight.isAtWork(this.#since, now);
    const { rung, ladder } = nextRung(this.#ladder, options, isIdle);
    this.#ladder = ladder;
    this.#rung = rung;
    const { answersProbes } = this;
    outbox.report({ kind: "recovering", rung, answersProbes, awayMs: now - this.#since });
    if (rung === "probe" || rung === "resync") {
      if (this.#recourse.kind !== "closed") this.#recourse = { ...this.#recourse, probeAt };
      control.probe(rung === "resync", now);
    } else {
      this.#recourse = { kind: "closing", probeAt };
      outbox.add({ kind: "reopen", rung });
    }
  }

  /**
   * It has not come back so far. Where it has answered probes and does so no more another one may be in its place: what was
   * tried so far was not for that.
   * @param probesMax so many unanswered probes in a row show that.
   */
  noteSilence(probesMax: number, now: Instant): void {
    const { evidence, control, peer } = this.#parts;
    const isHeard = control.probedAt === undefined || evidence.heardAt >= control.probedAt;
    if (this.#answers === "nothing" || isHeard) return;
    evidence.unansweredProbe();
    if (evidence.probeCount < probesMax) return;
    peer.doubt();
    this.#answers = "nothing";
    this.#trials = soonTrial(this.#trials, now);
  }
}
