import type { WireFormat } from "../line/wire-time.ts";
import { helloTimeMs } from "./hello-time.ts";
import type { Instant } from "./instant.ts";
import type { Reason } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import { type Ladder, ladderStart, nextRung, type RecoveryOptions, type ReopeningRung, type Rung } from "./recovery.ts";
import type { Report } from "./report.ts";

export interface LivenessOptions {
  /** How long commands wait for the hello after the port was opened. */
  readonly helloWaitMs: number;
  /** How long a probe waits for its answer, and how often an MCU that is away is probed. */
  readonly probeIntervalMs: number;
  /** Consecutive unanswered commands and probes after which the MCU counts as away. */
  readonly stalledAfter: number;
  /** An MCU that knows probes and was not heard for so long is probed; 0: never. */
  readonly idleProbeMs: number;
  readonly recovery: RecoveryOptions;
  readonly wire: WireFormat;
  readonly dialect: { readonly probe: unknown };
}

/** What it asks for as it goes. */
export interface LivenessEffects {
  /** With `resync` whatever half line the MCU still holds is ended first. */
  readonly probe: (resync: boolean) => void;
  readonly reopen: (rung: ReopeningRung) => void;
  readonly report: (report: Report) => void;
}

type Phase =
  | { readonly kind: "unlinked" }
  /** The port is open, the first probe is out; commands wait for the hello. */
  | { readonly kind: "greeting"; readonly since: Instant; readonly until: Instant; readonly probeAt: Instant }
  | { readonly kind: "serving" }
  /** A command went unanswered: others wait until a probe is answered, or, where it knows none, for as long as that. */
  | { readonly kind: "suspect"; readonly probeAt: Instant }
  | Away
  | { readonly kind: "incompatible"; readonly probeAt: Instant };

interface Away {
  readonly kind: "away";
  /** `blocked`: it takes nothing more until it is opened anew. `closing` and `closed`: it is, because that was asked for. */
  readonly port: "open" | "blocked" | "closing" | "closed";
  readonly since: Instant;
  readonly probeAt: Instant;
  readonly ladder: Ladder;
  readonly rung: Rung;
}

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
  #unansweredCount = 0;

  constructor(options: LivenessOptions, peer: Peer, effects: LivenessEffects) {
    this.#options = options;
    this.#peer = peer;
    this.#effects = effects;
  }

  configure(options: LivenessOptions): void {
    this.#options = options;
  }

  get isAway(): boolean {
    return this.#phase.kind === "away";
  }

  /** Its hello is awaited: what it can take is not known yet. */
  get isGreeting(): boolean {
    return this.#phase.kind === "greeting";
  }

  /** Why a request that arrives now cannot be served; undefined if it can. */
  refusal(openCount: number): (Reason & ("serial_down" | "mcu_stalled" | "unsupported_version")) | undefined {
    switch (this.#phase.kind) {
      case "unlinked":
        return "serial_down";
      case "incompatible":
        return "unsupported_version";
      case "away":
        return this.#admitsTrial(openCount) ? undefined : "mcu_stalled";
      case "greeting":
      case "serving":
      case "suspect":
        return undefined;
      default:
        return this.#phase satisfies never;
    }
  }

  /** Whether a command may be written while `inFlightCount` are in flight. */
  takesCommands(inFlightCount: number): boolean {
    switch (this.#phase.kind) {
      case "serving":
        return inFlightCount < this.#peer.window;
      case "away":
        return this.#admitsTrial(inFlightCount);
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

  helloHeard(now: Instant): void {
    this.answered(now);
    if (this.#phase.kind !== "unlinked") this.#phase = { kind: "serving" };
  }

  /** It is asked again now and then: one flipped bit makes another version of a hello. */
  versionHeard(version: string, now: Instant): void {
    const isBlocked = this.#isBlocked;
    this.#phase = { kind: "incompatible", probeAt: this.#nextProbe(now) };
    this.#effects.report({ kind: "mcu_version_unsupported", version });
    if (isBlocked) this.#effects.reopen("reopen");
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

  /** A reply or a refusal has come, to whichever command: the MCU works. */
  answered(now: Instant): void {
    this.#unansweredCount = 0;
    this.#heardAt = now;
    const isBlocked = this.#isBlocked;
    const phase = this.#phase;
    if (phase.kind !== "away" && phase.kind !== "suspect") return;
    this.#phase = { kind: "serving" };
    if (phase.kind === "suspect") return;
    this.#effects.report({ kind: "mcu_back", awayMs: now - phase.since, rung: phase.rung });
    // It is heard again, but nothing can be written to it: the port's turn is now.
    if (isBlocked) this.#effects.reopen("reopen");
  }

  /** The port takes no bytes, be it the MCU that holds it (RTS, XOFF) or the driver: they go only when it is closed. */
  writeStalled(now: Instant): void {
    if (this.#phase.kind === "away") {
      // What is tried on an MCU that is away is tried in its turn.
      if (this.#phase.port === "open") this.#phase = { ...this.#phase, port: "blocked" };
      return;
    }
    this.#unansweredCount += 1;
    if (this.#unansweredCount >= this.#options.stalledAfter) {
      const ladder = { askCount: 0, reopenCount: 1 };
      this.#phase = {
        kind: "away",
        port: "closing",
        since: now,
        probeAt: this.#nextProbe(now),
        ladder,
        rung: "reopen",
      };
      this.#effects.report({ kind: "mcu_away", unansweredCount: this.#unansweredCount });
    }
    this.#effects.reopen("reopen");
  }

  /**
   * A command's deadline has come without a reply. One that was sent at the last moment does not speak against the MCU
   * yet, but it may be at work on it: no other follows before it has said that it listens, or has had its time.
   */
  commandUnanswered(afterMs: number, now: Instant): void {
    if (this.#phase.kind !== "serving" && this.#phase.kind !== "suspect") return;
    const { probeIntervalMs } = this.#options;
    if (afterMs >= probeIntervalMs) this.#unanswered(now);
    else if (this.#phase.kind === "suspect") return;
    else if (this.#knowsProbes) this.#suspect(now);
    else this.#phase = { kind: "suspect", probeAt: now + probeIntervalMs - afterMs };
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
        this.#unanswered(now);
        break;
      case "away":
        this.#climb(now, this.#phase);
        break;
      case "serving":
        this.#suspect(now);
        break;
      case "incompatible":
        this.#phase = { kind: "incompatible", probeAt: this.#nextProbe(now) };
        this.#probe(now, true);
        break;
      case "unlinked":
        break;
      default:
        this.#phase satisfies never;
    }
  }

  #unanswered(now: Instant): void {
    this.#unansweredCount += 1;
    if (this.#unansweredCount >= this.#options.stalledAfter) this.#goAway(now);
    else if (this.#knowsProbes) this.#suspect(now);
    else this.#phase = { kind: "serving" };
  }

  #suspect(now: Instant): void {
    this.#phase = { kind: "suspect", probeAt: this.#nextProbe(now) };
    this.#probe(now, false);
  }

  #goAway(now: Instant): void {
    this.#effects.report({ kind: "mcu_away", unansweredCount: this.#unansweredCount });
    this.#climb(now, { kind: "away", port: "open", since: now, probeAt: now, ladder: ladderStart, rung: "probe" });
  }

  #climb(now: Instant, phase: Away): void {
    const { rung, ladder } = nextRung(phase.ladder, this.#options.recovery);
    const next = { ...phase, probeAt: this.#nextProbe(now), ladder, rung };
    this.#effects.report({ kind: "recovering", rung, awayMs: now - phase.since });
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
    return this.#peer.isKnown && this.#options.dialect.probe !== undefined;
  }

  /** When an MCU that knows probes has been silent for too long to be sure of it. */
  #idleAt(): Instant | undefined {
    const { idleProbeMs } = this.#options;
    return this.#knowsProbes && idleProbeMs > 0 ? this.#heardAt + idleProbeMs : undefined;
  }

  /** An MCU that has never answered a probe can show that it is back only by a reply: one command at a time tries. */
  #admitsTrial(openCount: number): boolean {
    return this.#phase.kind === "away" && this.#phase.port !== "closed" && !this.#knowsProbes && openCount === 0;
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
