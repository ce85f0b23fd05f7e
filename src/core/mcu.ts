import type { Dialect } from "../line/dialect.ts";
import type { Hello } from "../line/hello.ts";
import type { McuLine } from "../line/mcu-line.ts";
import type { Instant } from "./instant.ts";
import type { Reason } from "./outcome.ts";
import { type Ladder, ladderStart, nextRung, type RecoveryOptions, type ReopeningRung, type Rung } from "./recovery.ts";
import type { Report } from "./report.ts";

/** More than are sent within any time that a hello takes. */
const openProbesMax = 16;

/** A hello may take so long, even where commands wait less for it: 250 ms on a wire of 2400 baud, and more. */
export const helloMsMax = 2000;

export interface McuOptions {
  /** Upper bound on the window that a hello can ask for; an MCU that answers in order, without ids, has 1. */
  readonly windowMax: number;
  /** Longest command line, in bytes with LF, until a hello says another. */
  readonly commandBytesMax: number;
  /** How long commands wait for the hello after the port was opened. */
  readonly helloWaitMs: number;
  /** How long a probe waits for its answer, and how often an MCU that is away is probed. */
  readonly probeIntervalMs: number;
  /** Consecutive unanswered commands and probes after which the MCU counts as away. */
  readonly stalledAfter: number;
  /** An MCU that knows probes and was not heard for so long is probed; 0: never. */
  readonly idleProbeMs: number;
  readonly recovery: RecoveryOptions;
  readonly dialect: Pick<Dialect, "read" | "probe" | "quietMs">;
}

type Phase =
  | { readonly kind: "unlinked" }
  /** The port is open, the first probe is out; commands wait for the hello. */
  | { readonly kind: "greeting"; readonly until: Instant; readonly probeAt: Instant }
  | { readonly kind: "serving" }
  /** A command went unanswered: others wait until a probe is answered, or, where it knows none, for as long as that. */
  | { readonly kind: "suspect"; readonly probeAt: Instant }
  | {
      readonly kind: "away";
      readonly since: Instant;
      readonly linked: boolean;
      /** The link goes down because it was asked to: the same MCU will be at its end. */
      readonly reopening: boolean;
      /** The port takes nothing more until it is opened anew. */
      readonly stalled: boolean;
      readonly probeAt: Instant;
      readonly ladder: Ladder;
      readonly rung: Rung;
    }
  | { readonly kind: "incompatible"; readonly probeAt: Instant };

/** What the MCU's state asks for. */
export type McuAction =
  | { readonly kind: "probe"; readonly line: Buffer }
  | { readonly kind: "reopen"; readonly rung: ReopeningRung }
  | { readonly kind: "report"; readonly report: Report };

/**
 * What is known of the MCU at the other end of the link: who it says it is, and whether it is there. It knows
 * nothing of requests: it is told what was heard and what stayed unanswered, and says whether commands may go out.
 */
export class Mcu {
  readonly #options: McuOptions;
  #phase: Phase = { kind: "unlinked" };
  #hello: Hello | undefined;
  #lastBoot: string | undefined;
  #probedAt: Instant | undefined;
  /** When the probes that no hello has answered yet were written. */
  #openProbes: Instant[] = [];
  #heardAt: Instant = 0;
  #unansweredCount = 0;

  constructor(options: McuOptions) {
    this.#options = options;
  }

  get window(): number {
    const { dialect, windowMax } = this.#options;
    return dialect.quietMs === undefined ? Math.min(this.#hello?.window ?? 1, windowMax) : 1;
  }

  get lineBytesMax(): number {
    return this.#hello?.lineBytesMax ?? this.#options.commandBytesMax;
  }

  get crc(): boolean {
    return this.#hello?.crc ?? false;
  }

  /** Understands a line in the state that it is in: one that is away may come back with firmware without checksums. */
  read(bytes: Buffer): McuLine {
    const { read } = this.#options.dialect;
    const line = read(bytes, this.crc);
    if (line.kind !== "damaged" || this.#phase.kind !== "away") return line;
    const plain = read(bytes, false);
    return plain.kind === "hello" ? plain : line;
  }

  /** Its hello is awaited: what it can take is not known yet. */
  get isGreeting(): boolean {
    return this.#phase.kind === "greeting";
  }

  get cancel(): boolean {
    return this.#hello?.cancel ?? false;
  }

  /**
   * How many last commands it remembers; 0 where that is fewer than it can hold, and where it says no boot word: a
   * restart, which empties its memory, could pass unnoticed. Then none is sent twice.
   */
  get memory(): number {
    const { dedup = 0, window = 1, boot } = this.#hello ?? {};
    return dedup >= window && boot !== undefined ? dedup : 0;
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
        return inFlightCount < this.window;
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
        return this.#phase.probeAt;
      case "incompatible":
        return this.#phase.probeAt;
      case "away":
        return this.#phase.linked ? this.#phase.probeAt : undefined;
      case "serving":
        return this.#idleAt();
      case "unlinked":
        return undefined;
      default:
        return this.#phase satisfies never;
    }
  }

  linkUp(now: Instant): McuAction[] {
    this.#phase =
      this.#phase.kind === "away"
        ? { ...this.#phase, linked: true, reopening: false, stalled: false, probeAt: this.#nextProbe(now) }
        : { kind: "greeting", until: now + this.#options.helloWaitMs, probeAt: this.#nextProbe(now) };
    return this.#probe(now, true);
  }

  /** An MCU that is away stays so until it answers; after a lost cable it may be another one, and is met anew. */
  linkDown(): void {
    if (this.#phase.kind === "away" && this.#phase.reopening) {
      this.#phase = { ...this.#phase, linked: false };
      return;
    }
    this.#hello = undefined;
    this.#phase = { kind: "unlinked" };
  }

  /**
   * @returns `restarted`: what was in flight may be lost. `forgot`: it has restarted just now, and no reply to anything
   *   that it was sent before can come; a changed boot word in answer to a probe may be news of long ago.
   */
  helloHeard(hello: Hello, now: Instant): { restarted: boolean; forgot: boolean; actions: McuAction[] } {
    const asked = this.#wasAsked(now);
    const knowsBoot = hello.boot !== undefined && this.#lastBoot !== undefined;
    const rebooted = knowsBoot && hello.boot !== this.#lastBoot;
    const changed = this.#hello === undefined || describeHello(hello) !== describeHello(this.#hello);
    this.#hello = hello;
    this.#lastBoot = hello.boot;
    const actions = this.answered(now);
    if (this.#phase.kind !== "unlinked") this.#phase = { kind: "serving" };
    if (changed) actions.push({ kind: "report", report: { kind: "mcu_greeted", text: describeHello(hello) } });
    return { restarted: knowsBoot ? rebooted : !asked, forgot: rebooted && !asked, actions };
  }

  /** From now on a hello may be its answer; one that came while it waited for the wire was not. */
  probeWritten(now: Instant): void {
    this.#openProbes = [...this.#openProbes, now].slice(-openProbesMax);
  }

  /** Each probe is answered by one hello; what comes beyond that, or much later, the MCU says of itself. */
  #wasAsked(now: Instant): boolean {
    const answerMsMax = Math.max(this.#options.helloWaitMs, helloMsMax);
    this.#openProbes = this.#openProbes.filter((at) => now - at <= answerMsMax);
    return this.#openProbes.shift() !== undefined;
  }

  /** It is asked again now and then: one flipped bit makes another version of a hello. */
  versionHeard(version: string, now: Instant): McuAction[] {
    const actions = this.#unstall();
    this.#phase = { kind: "incompatible", probeAt: this.#nextProbe(now) };
    return [{ kind: "report", report: { kind: "mcu_version_unsupported", version } }, ...actions];
  }

  /** The MCU asks for checksums that it has not been heard to switch on: its hello was lost, and is asked for again. */
  damageReported(now: Instant): McuAction[] {
    const isProbed = this.#probedAt !== undefined && now < this.#nextProbe(this.#probedAt);
    return this.crc || isProbed ? [] : this.#probe(now, true);
  }

  /** Asks for the hello with its boot word. */
  askBoot(now: Instant): McuAction[] {
    return this.#probe(now, true);
  }

  /** A reply or a refusal has come, to whichever command: the MCU works. */
  answered(now: Instant): McuAction[] {
    this.#unansweredCount = 0;
    this.#heardAt = now;
    const phase = this.#phase;
    if (phase.kind !== "away" && phase.kind !== "suspect") return [];
    const actions = this.#unstall();
    this.#phase = { kind: "serving" };
    if (phase.kind === "suspect") return [];
    return [{ kind: "report", report: { kind: "mcu_back", awayMs: now - phase.since, rung: phase.rung } }, ...actions];
  }

  /** The port takes no bytes, be it the MCU that holds it (RTS, XOFF) or the driver: they go only when it is closed. */
  writeStalled(now: Instant): McuAction[] {
    if (this.#phase.kind === "away") {
      // What is tried on an MCU that is away is tried in its turn.
      this.#phase = { ...this.#phase, stalled: true };
      return [];
    }
    this.#unansweredCount += 1;
    const reopen: McuAction = { kind: "reopen", rung: "reopen" };
    if (this.#unansweredCount < this.#options.stalledAfter) return [reopen];
    const probeAt = this.#nextProbe(now);
    const state = { since: now, linked: true, reopening: true, stalled: true, probeAt } as const;
    this.#phase = { kind: "away", ...state, ladder: { askCount: 0, reopenCount: 1 }, rung: "reopen" };
    return [{ kind: "report", report: { kind: "mcu_away", unansweredCount: this.#unansweredCount } }, reopen];
  }

  /** An MCU that is heard again is not away any more, but nothing can be written to it: its turn to reopen is now. */
  #unstall(): McuAction[] {
    const isStuck = this.#phase.kind === "away" && this.#phase.stalled && !this.#phase.reopening;
    return isStuck ? [{ kind: "reopen", rung: "reopen" }] : [];
  }

  /**
   * A command's deadline has come without a reply. One that was sent at the last moment does not speak against the MCU
   * yet, but it may be at work on it: no other follows before it has said that it listens, or has had its time.
   */
  commandUnanswered(afterMs: number, now: Instant): McuAction[] {
    if (this.#phase.kind !== "serving" && this.#phase.kind !== "suspect") return [];
    const { probeIntervalMs } = this.#options;
    if (afterMs >= probeIntervalMs) return this.#unanswered(now);
    if (this.#phase.kind === "suspect") return [];
    if (this.#knowsProbes) return this.#suspect(now);
    this.#phase = { kind: "suspect", probeAt: now + probeIntervalMs - afterMs };
    return [];
  }

  tick(now: Instant): McuAction[] {
    switch (this.#phase.kind) {
      case "greeting":
        if (now >= this.#phase.until) {
          this.#phase = { kind: "serving" };
          return [{ kind: "report", report: { kind: "mcu_without_hello", waitedMs: this.#options.helloWaitMs } }];
        }
        if (now < this.#phase.probeAt) return [];
        this.#phase = { ...this.#phase, probeAt: this.#nextProbe(now) };
        return this.#probe(now, true);
      case "suspect":
        return now < this.#phase.probeAt ? [] : this.#unanswered(now);
      case "away":
        return this.#phase.linked && now >= this.#phase.probeAt ? this.#climb(now, this.#phase) : [];
      case "serving":
        return now < (this.#idleAt() ?? Number.POSITIVE_INFINITY) ? [] : this.#suspect(now);
      case "incompatible":
        if (now < this.#phase.probeAt) return [];
        this.#phase = { kind: "incompatible", probeAt: this.#nextProbe(now) };
        return this.#probe(now, true);
      case "unlinked":
        return [];
      default:
        return this.#phase satisfies never;
    }
  }

  #unanswered(now: Instant): McuAction[] {
    this.#unansweredCount += 1;
    if (this.#unansweredCount >= this.#options.stalledAfter) return this.#goAway(now);
    if (this.#knowsProbes) return this.#suspect(now);
    this.#phase = { kind: "serving" };
    return [];
  }

  #suspect(now: Instant): McuAction[] {
    this.#phase = { kind: "suspect", probeAt: this.#nextProbe(now) };
    return this.#probe(now, false);
  }

  #goAway(now: Instant): McuAction[] {
    const report: Report = { kind: "mcu_away", unansweredCount: this.#unansweredCount };
    const phase = { kind: "away", since: now, linked: true, reopening: false, stalled: false, probeAt: now } as const;
    return [{ kind: "report", report }, ...this.#climb(now, { ...phase, ladder: ladderStart, rung: "probe" })];
  }

  #climb(now: Instant, phase: Phase & { kind: "away" }): McuAction[] {
    const { rung, ladder } = nextRung(phase.ladder, this.#options.recovery);
    const report: McuAction = { kind: "report", report: { kind: "recovering", rung, awayMs: now - phase.since } };
    const next = { ...phase, probeAt: this.#nextProbe(now), ladder, rung };
    if (rung === "probe" || rung === "resync") {
      this.#phase = next;
      return [report, ...this.#probe(now, rung === "resync")];
    }
    this.#phase = { ...next, reopening: true };
    return [report, { kind: "reopen", rung }];
  }

  /** A hello alone does not say so: firmware with lines of its own may send one at its start, and know no probe. */
  get #knowsProbes(): boolean {
    return this.#hello !== undefined && this.#options.dialect.probe !== undefined;
  }

  /** When an MCU that knows probes has been silent for too long to be sure of it. */
  #idleAt(): Instant | undefined {
    const { idleProbeMs } = this.#options;
    return this.#knowsProbes && idleProbeMs > 0 ? this.#heardAt + idleProbeMs : undefined;
  }

  /** An MCU that has never answered a probe can show that it is back only by a reply: one command at a time tries. */
  #admitsTrial(openCount: number): boolean {
    return this.#phase.kind === "away" && this.#phase.linked && !this.#knowsProbes && openCount === 0;
  }

  #probe(now: Instant, resync: boolean): McuAction[] {
    const { probe } = this.#options.dialect;
    if (probe === undefined) return [];
    this.#probedAt = now;
    return [{ kind: "probe", line: probe(resync) }];
  }

  #nextProbe(now: Instant): Instant {
    return now + this.#options.probeIntervalMs;
  }
}

function describeHello(hello: Hello): string {
  const { window, lineBytesMax, crc, dedup, cancel, boot, firmware } = hello;
  const words = [
    firmware ?? "no firmware name",
    `window ${window ?? 1}`,
    `line ${lineBytesMax ?? "not said"}`,
    `crc ${crc ? "on" : "off"}`,
    `dedup ${dedup}`,
    `cancel ${cancel ? "yes" : "no"}`,
    `boot ${boot ?? "not said"}`,
  ];
  return words.join(", ");
}
