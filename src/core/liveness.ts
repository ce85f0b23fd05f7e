import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";
import { Outage, type OutageParts } from "./outage.ts";
import type { HelloNews } from "./peer.ts";
import { type McuRefusal, type McuState, type Phase, services } from "./phase.ts";
import { mayReopenStalled } from "./recovery.ts";
import type { Waits } from "./waits.ts";

export type LivenessOptions = Pick<CorrelatorOptions, "awayAfterCount" | "recovery" | "hasFlowControl" | "dialect">;

export interface LivenessParts extends OutageParts {
  readonly waits: Waits;
}

/**
 * Whether the MCU at the other end is there. It knows nothing of requests: it is told what was heard and what stayed
 * unanswered, and says whether commands may go out. `phase.ts` has its phases and the ways between them.
 */
export class Liveness {
  readonly #parts: LivenessParts;
  #options: LivenessOptions;
  #phase: Phase = { kind: "unlinked" };
  /** Its last hello was of another version, and it is asked whether it is. */
  #isVersionDoubted = false;

  constructor(options: LivenessOptions, parts: LivenessParts) {
    this.#options = options;
    this.#parts = parts;
  }

  configure(options: LivenessOptions): void {
    this.#options = options;
  }

  get state(): McuState {
    const phase = this.#phase;
    return phase.kind === "away" && phase.outage.answersProbes ? "away_answers_probes" : phase.kind;
  }

  /** Its hello is awaited: what it can take is not known yet. */
  get isHandshake(): boolean {
    return this.#phase.kind === "handshake";
  }

  /** Why a request that arrives now cannot be served; undefined if it can. */
  refusal(openCount: number, now: Instant): McuRefusal | undefined {
    const { refusal, writes } = services[this.#phase.kind];
    return writes === "trial" && this.#admitsTrial(openCount, now) ? undefined : refusal;
  }

  /** Whether a command may be written while `inFlightCount` are in flight. */
  takesCommands(inFlightCount: number, now: Instant): boolean {
    const { writes } = services[this.#phase.kind];
    if (writes === "window") return inFlightCount < this.#parts.peer.window;
    return writes === "trial" && this.#admitsTrial(inFlightCount, now);
  }

  wakeAt(): Instant | undefined {
    const phase = this.#phase;
    switch (phase.kind) {
      case "handshake":
        return Math.min(phase.until, phase.probeAt);
      case "suspect":
      case "incompatible":
        return phase.probeAt;
      case "away":
        return phase.outage.wakeAt();
      case "serving":
        return this.#knowsProbes ? this.#parts.waits.silentAt(this.#parts.evidence.heardAt) : undefined;
      case "unlinked":
        return undefined;
      default:
        return phase satisfies never;
    }
  }

  /** @param now when the first byte is written; the port may be open for longer. */
  linkUp(now: Instant): void {
    this.#isVersionDoubted = false;
    const { waits, control } = this.#parts;
    const probeAt = waits.nextProbeAt(now);
    if (this.#phase.kind === "away") this.#phase.outage.linkUp(probeAt);
    else this.#phase = { kind: "handshake", since: now, until: waits.handshakeUntil(now), probeAt };
    control.probe(true, now);
  }

  /**
   * An MCU that is away stays so until it answers; after a lost cable it may be another one, and is met anew.
   * @param isReleased somebody else has the port meanwhile, and may change its firmware
   * @returns whether it may be another one.
   */
  linkDown(isReleased: boolean): boolean {
    if (this.#phase.kind === "away" && this.#phase.outage.linkDown(isReleased)) return false;
    this.#phase = { kind: "unlinked" };
    return true;
  }

  /** What the port was to be closed for is not possible. */
  linkKept(isStalled: boolean): void {
    if (this.#phase.kind === "away") this.#phase.outage.linkKept(isStalled);
  }

  /** The port has taken what it was handed, be it late. */
  written(): void {
    if (this.#phase.kind === "away") this.#phase.outage.written();
  }

  /** The port takes no bytes, be it the MCU that holds it (RTS, XOFF) or the driver: they go only when it is closed. */
  writeStalled(now: Instant): void {
    if (this.#phase.kind === "away") {
      this.#phase.outage.writeStalled();
      return;
    }
    this.#parts.evidence.stalledWrite();
    if (this.#isTooMuch) {
      const outage = new Outage(this.#parts, now);
      outage.beginStalled(mayReopenStalled(this.#options), this.#nextProbeAt(now));
      this.#phase = { kind: "away", outage };
    }
    this.#reopenStalled();
  }

  /** A command was written for the first time. */
  commandWritten(now: Instant): void {
    if (this.#phase.kind === "away" && this.#knowsProbes) this.#phase.outage.trialWritten(now);
  }

  /** A probe leaves the port only then: its answer, or the next one, is awaited no earlier than that allows. */
  probeWritten(transmittedAt: Instant): void {
    const phase = this.#phase;
    const answerAt = this.#parts.waits.answerAt(transmittedAt);
    if (phase.kind === "away") phase.outage.probeWritten(answerAt);
    else if (phase.kind !== "unlinked" && phase.kind !== "serving")
      this.#phase = { ...phase, probeAt: Math.max(phase.probeAt, answerAt) };
  }

  /** The MCU is there; whether it serves commands too, it says only by its restart. */
  helloHeard(news: HelloNews["kind"], now: Instant): void {
    this.#isVersionDoubted = false;
    if (news === "unchanged") this.#parts.evidence.hello(this.#options.awayAfterCount - 1, now);
    else this.#parts.evidence.restarted(now);
    if (this.#phase.kind === "unlinked") return;
    if (news === "unchanged" && this.#phase.kind === "away" && this.#phase.outage.answersProbes) return;
    this.#serve(now);
  }

  /** One flipped bit makes another version of a hello: what it says twice in a row is believed, and asked again now and then. */
  versionHeard(version: string, now: Instant): void {
    const phase = this.#phase;
    if (phase.kind === "unlinked") return;
    const isSure = this.#isVersionDoubted;
    this.#isVersionDoubted = true;
    this.#parts.outbox.report({ kind: "mcu_version_unsupported", version, isSure });
    if (isSure) {
      this.#parts.evidence.clear();
      this.#phase = { kind: "incompatible", probeAt: this.#nextProbeAt(now) };
      if (phase.kind === "away" && phase.outage.isBlocked) this.#reopenStalled();
    } else if (phase.kind === "serving") this.#suspect(now);
    else this.#parts.control.probe(false, now);
  }

  /**
   * A reply or a refusal has come, or a report of damage that proves as much: the MCU works.
   * @param isTrial whether to a command that was tried on an MCU of which nothing is known since it was away.
   */
  answered(isTrial: boolean, now: Instant): void {
    this.#parts.evidence.reply(isTrial, now);
    this.#isVersionDoubted = false;
    if (this.#phase.kind === "suspect" || this.#phase.kind === "away") this.#serve(now);
  }

  /**
   * A command's deadline has come without a reply. One that was sent at the last moment does not speak against the MCU
   * by itself, but it may be at work on it: no other follows before it has said that it listens, or has had its time.
   */
  commandUnanswered(afterMs: number, now: Instant): void {
    const { evidence, waits } = this.#parts;
    const phase = this.#phase;
    switch (phase.kind) {
      case "serving":
      case "suspect":
        if (afterMs >= waits.fullMs) {
          evidence.unansweredCommand();
          this.#weighEvidence(now);
        } else if (phase.kind === "serving") {
          if (!this.#knowsProbes) this.#phase = { kind: "suspect", probeAt: now + waits.fullMs - afterMs };
          else if (evidence.brieflyUnanswered(afterMs, waits.fullMs)) this.#weighEvidence(now);
          else this.#suspect(now);
        }
        break;
      case "away":
        evidence.unansweredCommand();
        if (!this.#knowsProbes) phase.outage.trialUnanswered(now);
        break;
      case "unlinked":
      case "handshake":
      case "incompatible":
        break;
      default:
        phase satisfies never;
    }
  }

  /** Does what the clock asks for. */
  tick(now: Instant): void {
    if (now < (this.wakeAt() ?? Number.POSITIVE_INFINITY)) return;
    const phase = this.#phase;
    switch (phase.kind) {
      case "handshake":
        if (now >= phase.until) {
          this.#phase = { kind: "serving" };
          const waitedMs = Math.round(phase.until - phase.since);
          this.#parts.outbox.report({ kind: "mcu_without_hello", waitedMs });
          return;
        }
        this.#phase = { ...phase, probeAt: this.#nextProbeAt(now) };
        this.#parts.control.probe(true, now);
        break;
      case "serving":
        this.#suspect(now);
        break;
      case "suspect":
        // One that knows no probe was given the time that its last command was short of.
        if (this.#knowsProbes) this.#parts.evidence.unansweredProbe();
        else this.#parts.evidence.unansweredCommand();
        this.#weighEvidence(now);
        break;
      case "incompatible":
        this.#parts.evidence.unansweredProbe();
        // It may be one that knows no probe, and another one than it seemed.
        if (this.#isTooMuch) this.#goAway(now);
        else {
          this.#phase = { kind: "incompatible", probeAt: this.#nextProbeAt(now) };
          this.#parts.control.probe(true, now);
        }
        break;
      case "away":
        phase.outage.noteSilence(this.#options.awayAfterCount, now);
        this.#climb(phase.outage, now);
        break;
      case "unlinked":
        break;
      default:
        phase satisfies never;
    }
  }

  #serve(now: Instant): void {
    const phase = this.#phase;
    this.#phase = { kind: "serving" };
    if (phase.kind !== "away") return;
    phase.outage.end(now);
    // It is heard again, but nothing can be written to it: the port's turn is now.
    if (phase.outage.isBlocked) this.#reopenStalled();
  }

  #suspect(now: Instant): void {
    this.#phase = { kind: "suspect", probeAt: this.#nextProbeAt(now) };
    this.#parts.control.probe(false, now);
  }

  /** What has stayed unanswered is too much, or it is asked, or, where it knows no probe, given another command. */
  #weighEvidence(now: Instant): void {
    if (this.#isTooMuch) this.#goAway(now);
    else if (this.#knowsProbes) this.#suspect(now);
    else this.#phase = { kind: "serving" };
  }

  get #isTooMuch(): boolean {
    return this.#parts.evidence.count >= this.#options.awayAfterCount;
  }

  #goAway(now: Instant): void {
    const outage = new Outage(this.#parts, now);
    this.#phase = { kind: "away", outage };
    this.#climb(outage, now);
  }

  #climb(outage: Outage, now: Instant): void {
    outage.climb(this.#options.recovery, this.#nextProbeAt(now), now);
  }

  #reopenStalled(): void {
    if (mayReopenStalled(this.#options)) this.#parts.outbox.add({ kind: "reopen", rung: "reopen" });
  }

  /** A hello alone does not say so: firmware with lines of its own may send one at its start, and know no probe. */
  get #knowsProbes(): boolean {
    return this.#parts.peer.isKnown && !this.#parts.evidence.ignoresProbes && this.#options.dialect.probe !== undefined;
  }

  #admitsTrial(openCount: number, now: Instant): boolean {
    return this.#phase.kind === "away" && this.#phase.outage.admitsTrial(openCount, this.#knowsProbes, now);
  }

  #nextProbeAt(now: Instant): Instant {
    return this.#parts.waits.nextProbeAt(now);
  }
}
