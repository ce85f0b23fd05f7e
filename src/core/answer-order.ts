import { earliest, type Instant } from "./instant.ts";

/** Before the first measurement, and at least: how long an answer is listened for that shows that they are out of step. */
const listenMsMin = 500;

/** Why nothing is sent for a while. */
export type HoldReason =
  /** The answer to a command that went unanswered would be taken for the next one's. */
  | "unanswered"
  /** An answer came that no command awaits: what is sent next may be given another's. */
  | "stray_answer"
  /** A line came of an answer that no command awaits: its last line may follow. */
  | "stray_line"
  /** What others have sent the MCU may be answered yet: before the gateway was started, or while they had the port. */
  | "first_opening";

export interface Hold {
  readonly reason: HoldReason;
  readonly forMs: number;
}

type State =
  | { readonly kind: "in_step" }
  /**
   * A command went unanswered: its answer may come, alone, and then all is well. `mayComeLater`: it may come even after
   * `until`.
   */
  | {
      readonly kind: "awaiting_late_reply";
      readonly processId: string;
      readonly until: Instant;
      readonly mayComeLater: boolean;
    }
  /** Nobody knows what the next answer is to: the MCU has to be silent until then. */
  | { readonly kind: "out_of_step"; readonly until: Instant };

/**
 * Firmware that answers in order, without ids: an answer is to whatever command comes next. One that comes late would be
 * taken for the next command's, and so would each that follows. So after a command that went unanswered nothing is sent
 * until its answer has come, or can come no more; and an answer that no command awaits shows that they are out of step.
 * The answer may be later than it should ever be: then the next command is given it, and the answer to that one comes when
 * no command is in flight. It is listened for.
 */
export class AnswerOrder {
  #lateReplyWindowMs: number;
  #state: State = { kind: "in_step" };
  /** A quiet time has passed without the answer that it was for: that may still come. */
  #isDoubtful = false;
  /** Nothing is sent before, so that what comes meanwhile is known to be a stray; if nothing does, `proves` that all is well. */
  #listening: { readonly since: Instant; readonly until: Instant; readonly proves: boolean } | undefined;
  /** Whether what the MCU was sent before can only have come from here. */
  #isMet = false;
  #isLinked = false;

  /** @param lateReplyWindowMs how late an answer can be, after its command was given up */
  constructor(lateReplyWindowMs: number) {
    this.#lateReplyWindowMs = lateReplyWindowMs;
  }

  /** For holds from now on. Where the port is closed for it, the next MCU may be another one, that somebody else has used. */
  configure(lateReplyWindowMs: number): void {
    this.#lateReplyWindowMs = lateReplyWindowMs;
    if (!this.#isLinked) this.#isMet = false;
  }

  /** The port was opened. */
  linkUp(now: Instant): Hold | undefined {
    this.#isLinked = true;
    if (this.#isMet) return undefined;
    this.#isMet = true;
    // It may be that nothing was sent before at all.
    this.#state = {
      kind: "awaiting_late_reply",
      processId: "",
      until: now + this.#lateReplyWindowMs,
      mayComeLater: false,
    };
    return { reason: "first_opening", forMs: this.#lateReplyWindowMs };
  }

  linkDown(): void {
    this.#isLinked = false;
  }

  /** The port is closed, and somebody else has used it. */
  usedByOthers(): void {
    this.#isMet = false;
  }

  /** The command in flight is given up; `at` is later than now where the port has taken it late, and it leaves only then. */
  unanswered(processId: string, at: Instant): Hold {
    this.#state = { kind: "awaiting_late_reply", processId, until: at + this.#lateReplyWindowMs, mayComeLater: true };
    return { reason: "unanswered", forMs: this.#lateReplyWindowMs };
  }

  /** The MCU has restarted: only what reached it meanwhile can be answered yet. */
  restarted(): void {
    this.#isDoubtful = false;
    if (this.#state.kind === "awaiting_late_reply") this.#state = { ...this.#state, mayComeLater: false };
  }

  /**
   * The last line of an answer has come.
   * @param isInFlight whether a command is: then it is the answer to that one, for all that is known
   * @param usualMs how long answers take as a rule
   * @returns `lateFor`: the command that went unanswered and is answered now; "" where it is not known.
   */
  answered(
    isInFlight: boolean,
    usualMs: number,
    now: Instant,
  ): { readonly lateFor: string; readonly hold: Hold | undefined } {
    this.#pass(now);
    this.#listening = undefined;
    if (isInFlight) {
      if (this.#isDoubtful) this.#listening = { since: now, until: now + listenMs(usualMs), proves: true };
      return { lateFor: "", hold: undefined };
    }
    const before = this.#state;
    const lateFor = before.kind === "awaiting_late_reply" ? before.processId : "";
    if (before.kind === "awaiting_late_reply" && !this.#isDoubtful) {
      this.#state = { kind: "in_step" };
      return { lateFor, hold: undefined };
    }
    this.#state = { kind: "out_of_step", until: now + this.#lateReplyWindowMs };
    this.#isDoubtful = false;
    const isNew = before.kind !== "out_of_step";
    return { lateFor, hold: isNew ? { reason: "stray_answer", forMs: this.#lateReplyWindowMs } : undefined };
  }

  /**
   * A line has come of an answer that goes on, and no command awaits it: its last line follows. Not for longer than an
   * answer can be late: what the firmware says unasked, again and again, may look so too.
   */
  strayLine(usualMs: number, now: Instant): Hold | undefined {
    this.#pass(now);
    const { since = now, proves = false } = this.#listening ?? {};
    const isNew = this.#listening === undefined && this.#state.kind === "in_step";
    const forMs = listenMs(usualMs);
    const end = since + this.#lateReplyWindowMs;
    this.#listening = { since, until: Math.min(now + forMs, end), proves: proves && now + forMs < end };
    return isNew ? { reason: "stray_line", forMs } : undefined;
  }

  /** Whether nothing may be sent now. */
  isHeld(now: Instant): boolean {
    this.#pass(now);
    return this.#state.kind !== "in_step" || this.#listening !== undefined;
  }

  /** When a hold ends; undefined where there is none. */
  wakeAt(): Instant | undefined {
    return earliest(this.#state.kind === "in_step" ? undefined : this.#state.until, this.#listening?.until);
  }

  /** Ends what is over by now. */
  #pass(now: Instant): void {
    if (this.#listening !== undefined && now >= this.#listening.until) {
      if (this.#listening.proves) this.#isDoubtful = false;
      this.#listening = undefined;
    }
    const state = this.#state;
    if (state.kind === "in_step" || now < state.until) return;
    if (state.kind === "awaiting_late_reply" && state.mayComeLater) this.#isDoubtful = true;
    this.#state = { kind: "in_step" };
  }
}

function listenMs(usualMs: number): number {
  return Math.max(usualMs, listenMsMin);
}
