import { helloTimeMs } from "./hello-time.ts";
import type { Instant } from "./instant.ts";
import type { LivenessEffects, LivenessOptions } from "./liveness-options.ts";
import type { Reason } from "./outcome.ts";
import type { HelloNews, Peer } from "./peer.ts";
import type { Away, McuState, Phase } from "./phase.ts";
import { ladderStart, nextRung } from "./recovery.ts";
import { firstTrial, nextTrial, soonTrial, trialAfterUnanswered } from "./trials.ts";
import { Unanswered } from "./unanswered.ts";

/**
 * Whether the MCU at the other end is there. It knows nothing of requests: it is told what was heard and what stayed
 * unanswered, and says whether commands may go out.
 */
export class Liveness {
  readonly #peer: Peer;
  readonly #effects: LivenessEffects;
  #options: LivenessOptions;
  #phase: Phase = { kind: "unlinked" };
  #probedAt: Instant | undefined;
  #heardAt: Instant = 0;
  readonly #unanswered = new Unanswered();
  /** It has served a command while probes went unanswered: they are not held against it before it answers one. */
  #ignoresProbes = false;
  /** Its last hello was of another version, and it is asked whether it is. */
  #isVersionDoubted = false;

  constructor(options: LivenessOptions, peer: Peer, effects: LivenessEffects) {
    this.#options = options;
    this.#peer = peer;
    this.#effects = effects;
  }

  configure(options: LivenessOptions): void {
    this.#options = options;
  }

  get state(): McuState {
    if (this.#phase.kind !== "away") return this.#phase.kind;
    return this.#phase.answersProbes ? "away_answers_probes" : "away";
  }

  /** Its hello is awaited: what it can take is not known yet. */
  get isGreeting(): boolean {
    return this.#phase.kind === "greeting";
  }

  /** Why a request that arrives now cannot be served; undefined if it can. */
  refusal(
    openCount: number,
    now: Instant,
  ): (Reason & ("serial_down" | "mcu_stalled" | "unsupported_version")) | undefined {
    switch (this.#phase.kind) {
      case "unlinked":
        return "serial_down";
      case "incompatible":
        return "unsupported_version";
      case "away":
        return this.#admitsTrial(openCount, now) ? undefined : "mcu_stalled";
      case "greeting":
      case "serving":
      case "suspect":
        return undefined;
      default:
        return this.#phase satisfies never;
    }
  }

  /** Whether a command may be written while `inFlightCount` are in flight. */
  takesCommands(inFlightCount: number, now: Instant): boolean {
    switch (this.#phase.kind) {
      case "serving":
        return inFlightCount < this.#peer.window;
      case "away":
        return this.#admitsTrial(inFlightCount, now);
      case "unlinked":
      case "greeting":
      case "suspect":
      case "incompatible":
        return false;
      default:
        return this.#phase satisfies never;
    }
  }

  wakeAt(): Instant | undefined {
    switch (this.#phase.kind) {
      case "greeting":
        return Math.min(this.#phase.until, this.#phase.probeAt);
      case "suspect":
      case "incompatible":
        return this.#phase.probeAt;
      case "away":
        return this.#phase.port === "closed" ? undefined : this.#phase.probeAt;
      case "serving":
        return this.#idleAt();
      case "unlinked":
        return undefined;
      default:
        return this.#phase satisfies never;
    }
  }

  /** @param now when the first byte is written; the port may be open for longer. */
  linkUp(now: Instant): void {
    this.#isVersionDoubted = false;
    const probeAt = this.#nextProbe(now);
    const { helloWaitMs } = this.#options;
    const waitMs = helloWaitMs === 0 ? 0 : Math.max(helloWaitMs, this.#helloMs);
    this.#phase =
      this.#phase.kind === "away"
        ? { ...this.#phase, port: "open", probeAt }
        : { kind: "greeting", since: now, until: now + waitMs, probeAt };
    this.#probe(now, true);
  }

  /**
   * An MCU that is away stays so until it answers; after a lost cable it may be another one, and is met anew.
   * @returns whether it may be another one.
   */
  linkDown(): boolean {
    if (this.#phase.kind === "away" && this.#phase.port === "closing") {
      this.#phase = { ...this.#phase, port: "closed" };
      return false;
    }
    this.#phase = { kind: "unlinked" };
    return true;
  }

  /** What the port was to be closed for is not possible. One that takes nothing is opened anew all the same. */
  linkKept(isStalled: boolean): void {
    if (this.#phase.kind !== "away" || this.#phase.port !== "closing") return;
    if (isStalled) this.#effects.reopen("reopen");
    else this.#phase = { ...this.#phase, port: "open" };
  }

  /** A command was written for the first time. */
  commandWritten(now: Instant): void {
    if (this.#phase.kind !== "away" || !this.#knowsProbes) return;
    this.#phase = { ...this.#phase, trials: nextTrial(this.#phase.trials, now) };
  }

  /** The MCU is there; whether it serves commands too, it says only by its restart. */
  helloHeard(news: HelloNews["kind"], now: Instant): void {
    this.#heardAt = now;
    this.#isVersionDoubted = false;
    if (news === "unchanged") {
      this.#ignoresProbes = false;
      this.#unanswered.hello(this.#options.stalledAfter - 1);
    } else this.#unanswered.clear();
    if (this.#phase.kind === "unlinked") return;
    if (this.#phase.kind === "away" && this.#phase.answersProbes && news === "unchanged") return;
    this.#serve(now);
  }

  /** One flipped bit makes another version of a hello: what it says twice in a row is believed, and asked again now and then. */
  versionHeard(version: string, now: Instant): void {
    if (this.#phase.kind === "unlinked") return;
    const isSure = this.#isVersionDoubted;
    this.#isVersionDoubted = true;
    this.#effects.report({ kind: "mcu_version_unsupported", version, isSure });
    if (isSure) {
      const isBlocked = this.#isBlocked;
      this.#unanswered.clear();
      this.#phase = { kind: "incompatible", probeAt: this.#nextProbe(now) };
      if (isBlocked) this.#reopenStalled();
    } else if (this.#phase.kind === "serving") this.#suspect(now);
    else this.#probe(now, false);
  }

  /** The MCU asks for checksums that it has not been heard to switch on: its hello was lost, and is asked for again. */
  damageReported(now: Instant): void {
    const isProbed = this.#probedAt !== undefined && now < this.#nextProbe(this.#probedAt);
    if (!this.#peer.crc && !isProbed) this.#probe(now, true);
  }

  /** The probe leaves the port only then: its answer, or the next one, is awaited no earlier than that allows. */
  probeWritten(transmittedAt: Instant): void {
    if (!("probeAt" in this.#phase)) return;
    this.#phase = { ...this.#phase, probeAt: Math.max(this.#phase.probeAt, transmittedAt + this.#helloMs) };
  }

  /** Asks for the hello with its boot word. */
  askBoot(now: Instant): void {
    this.#probe(now, true);
  }

  /**
   * A reply or a refusal has come, or a report of damage that proves as much: the MCU works.
   * @param isTrial whether to a command that was tried on an MCU of which nothing is known since it was away.
   */
  answered(isTrial: boolean, now: Instant): void {
    this.#heardAt = now;
    this.#unanswered.clear();
    this.#isVersionDoubted = false;
    if (isTrial) this.#ignoresProbes = true;
    if (this.#phase.kind === "away" || this.#phase.kind === "suspect") this.#serve(now);
  }

  #serve(now: Instant): void {
    const phase = this.#phase;
    const isBlocked = this.#isBlocked;
    this.#phase = { kind: "serving" };
    if (phase.kind !== "away") return;
    this.#effects.report({ kind: "mcu_back", awayMs: now - phase.since, rung: phase.rung });
    // It is heard again, but nothing can be written to it: the port's turn is now.
    if (isBlocked) this.#reopenStalled();
  }

  /** The port takes no bytes, be it the MCU that holds it (RTS, XOFF) or the driver: they go only when it is closed. */
  writeStalled(now: Instant): void {
    if (this.#phase.kind === "away") {
      // What is tried on an MCU that is away is tried in its turn.
      if (this.#phase.port === "open") this.#phase = { ...this.#phase, port: "blocked" };
      return;
    }
    this.#unanswered.write();
    const mayReopen = this.#mayReopenStalled;
    if (this.#unanswered.count >= this.#options.stalledAfter) {
      const ladder = { askCount: 0, reopenCount: mayReopen ? 1 : 0 };
      const port = mayReopen ? "closing" : "blocked";
      this.#phase = { ...this.#away(now), port, probeAt: this.#nextProbe(now), ladder, rung: "reopen" };
    }
    if (mayReopen) this.#effects.reopen("reopen");
  }

  /** The port has taken what it was handed, be it late. */
  written(): void {
    if (this.#isBlocked && this.#phase.kind === "away") this.#phase = { ...this.#phase, port: "open" };
  }

  #reopenStalled(): void {
    if (this.#mayReopenStalled) this.#effects.reopen("reopen");
  }

  /** The MCU that holds a write up by flow control may be at work; nobody else can be. */
  get #mayReopenStalled(): boolean {
    const { recovery, hasFlowControl } = this.#options;
    return recovery.reopen === "always" || (recovery.reopen === "idle" && !hasFlowControl);
  }

  /**
   * A command's deadline has come without a reply. One that was sent at the last moment does not speak against the MCU
   * by itself, but it may be at work on it: no other follows before it has said that it listens, or has had its time.
   */
  commandUnanswered(afterMs: number, now: Instant): void {
    const { probeIntervalMs } = this.#options;
    switch (this.#phase.kind) {
      case "serving":
      case "suspect":
        if (afterMs >= probeIntervalMs) {
          this.#unanswered.command();
          this.#judge(now);
        } else if (this.#phase.kind === "serving") {
          if (!this.#knowsProbes) this.#phase = { kind: "suspect", probeAt: now + probeIntervalMs - afterMs };
          else if (this.#unanswered.brieflyCommand(afterMs, probeIntervalMs)) this.#judge(now);
          else this.#suspect(now);
        }
        break;
      case "away":
        this.#unanswered.command();
        if (!this.#knowsProbes) this.#phase = { ...this.#phase, trials: trialAfterUnanswered(this.#phase.trials, now) };
        break;
      case "unlinked":
      case "greeting":
      case "incompatible":
        break;
      default:
        this.#phase satisfies never;
    }
  }

  tick(now: Instant): void {
    if (now < (this.wakeAt() ?? Number.POSITIVE_INFINITY)) return;
    switch (this.#phase.kind) {
      case "greeting":
        if (now >= this.#phase.until) {
          const { since, until } = this.#phase;
          this.#phase = { kind: "serving" };
          this.#effects.report({ kind: "mcu_without_hello", waitedMs: Math.round(until - since) });
          return;
        }
        this.#phase = { ...this.#phase, probeAt: this.#nextProbe(now) };
        this.#probe(now, true);
        break;
      case "suspect":
        // One that knows no probe was given the time that its last command was short of.
        if (this.#knowsProbes) this.#unanswered.probe();
        else this.#unanswered.command();
        this.#judge(now);
        break;
      case "away":
        this.#climb(now, this.#stillAway(this.#phase, now));
        break;
      case "serving":
        this.#suspect(now);
        break;
      case "incompatible":
        this.#unanswered.probe();
        if (this.#unanswered.count >= this.#options.stalledAfter) {
          // It may be one that knows no probe, and another one than it seemed.
          this.#climb(now, this.#away(now));
        } else {
          this.#phase = { kind: "incompatible", probeAt: this.#nextProbe(now) };
          this.#probe(now, true);
        }
        break;
      case "unlinked":
        break;
      default:
        this.#phase satisfies never;
    }
  }

  #judge(now: Instant): void {
    if (this.#unanswered.count >= this.#options.stalledAfter) this.#climb(now, this.#away(now));
    else if (this.#knowsProbes) this.#suspect(now);
    else this.#phase = { kind: "serving" };
  }

  #suspect(now: Instant): void {
    this.#phase = { kind: "suspect", probeAt: this.#nextProbe(now) };
    this.#probe(now, false);
  }

  #away(now: Instant): Away {
    const { count: unansweredCount, answersProbes, isProbesOnly } = this.#unanswered;
    this.#effects.report({ kind: "mcu_away", unansweredCount, answersProbes });
    if (!answersProbes) this.#peer.doubt();
    const trials = firstTrial(isProbesOnly, now);
    const begin = { kind: "away", port: "open", since: now, probeAt: now, ladder: ladderStart, rung: "probe" } as const;
    return { ...begin, answersProbes, trials };
  }

  /** Where it has answered probes and does so no more another one may be in its place: what was tried so far was not for that. */
  #stillAway(phase: Away, now: Instant): Away {
    if (!phase.answersProbes || this.#probedAt === undefined || this.#heardAt >= this.#probedAt) return phase;
    this.#unanswered.probe();
    if (this.#unanswered.probeCount < this.#options.stalledAfter) return phase;
    this.#peer.doubt();
    return { ...phase, answersProbes: false, trials: soonTrial(phase.trials, now) };
  }

  #climb(now: Instant, phase: Away): void {
    // What was tried since it is away does not count: a caller a second would keep it from being opened anew for ever.
    // As long as only probes stay unanswered it may be one that knows none, and carries out commands; a port that takes
    // nothing can only be opened anew.
    const isWell = this.#unanswered.isProbesOnly && phase.port !== "blocked";
    const isIdle = !isWell && !this.#effects.isAtWork(phase.since, now);
    const { rung, ladder } = nextRung(phase.ladder, this.#options.recovery, isIdle);
    const next = { ...phase, probeAt: this.#nextProbe(now), ladder, rung };
    this.#effects.report({ kind: "recovering", rung, answersProbes: phase.answersProbes, awayMs: now - phase.since });
    if (rung === "probe" || rung === "resync") {
      this.#phase = next;
      this.#probe(now, rung === "resync");
    } else {
      this.#phase = { ...next, port: "closing" };
      this.#effects.reopen(rung);
    }
  }

  /** Nothing can be written, and nobody has asked for the port to be opened anew. */
  get #isBlocked(): boolean {
    return this.#phase.kind === "away" && this.#phase.port === "blocked";
  }

  /** A hello alone does not say so: firmware with lines of its own may send one at its start, and know no probe. */
  get #knowsProbes(): boolean {
    return this.#peer.isKnown && !this.#ignoresProbes && this.#options.dialect.probe !== undefined;
  }

  /** When an MCU that knows probes has been silent for too long to be sure of it. */
  #idleAt(): Instant | undefined {
    return this.#knowsProbes && this.#options.idleProbeMs > 0 ? this.#heardAt + this.#options.idleProbeMs : undefined;
  }

  /**
   * One command at a time tries, now and then: at growing intervals where the MCU can be asked as well, for another one may
   * be in its place by now; every few seconds where it has never answered a probe, and shows only by a reply that it is back.
   */
  #admitsTrial(openCount: number, now: Instant): boolean {
    if (this.#phase.kind !== "away" || this.#phase.port === "closed" || openCount > 0) return false;
    return now >= this.#phase.trials.nextAt && (!this.#knowsProbes || this.#phase.port === "open");
  }

  #probe(now: Instant, resync: boolean): void {
    this.#probedAt = now;
    this.#effects.probe(resync);
  }

  #nextProbe(now: Instant): Instant {
    return now + Math.max(this.#options.probeIntervalMs, this.#helloMs);
  }

  get #helloMs(): number {
    return helloTimeMs(this.#options.wire);
  }
}
