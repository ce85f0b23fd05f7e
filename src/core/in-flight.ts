import type { OverlongLine } from "../line/dialect.ts";
import { AnswerLines } from "./answer-lines.ts";
import { HeldIds } from "./held-ids.ts";
import { earliest, type Instant } from "./instant.ts";
import type { QueuedRequest } from "./queue.ts";
import type { Request } from "./request.ts";

/** A command that was handed to the port and is not settled. */
export interface InFlightCommand {
  readonly request: Request;
  readonly line: Buffer;
  readonly sentAt: Instant;
  /** Of its answer, those that came before the last. */
  readonly lines: AnswerLines;
  /** How often it was sent. */
  attempt: number;
  /** When its last byte will have left the port, or has. */
  transmittedAt: Instant;
  /** The wire's count of bytes up to the end of the line. */
  handedBytes: number;
  /** How many other commands may have entered the MCU's memory after it: each enters once, when it first arrives. */
  recordedAfter: number;
  /** When the line is sent again unless a reply has come; undefined where it will not be. */
  resendAt: Instant | undefined;
}

/** One sending of a line. */
export interface Sending {
  readonly now: Instant;
  readonly transmittedAt: Instant;
  readonly handedBytes: number;
}

export interface InFlightOptions {
  /** How late a reply can be: the id of an unanswered command is not used again before. */
  readonly lateReplyMs: number;
  /** How late one without an id can be, where replies carry none; see `Dialect.quietMs`. */
  readonly lateReplyWindowMs: number | undefined;
}

/** The commands in flight, and what is still known of those that went unanswered. It decides what a reply answers. */
export class InFlight {
  readonly #commands = new Map<string, InFlightCommand>();
  readonly #held: HeldIds;
  #lateReplyWindowMs: number | undefined;
  /** Whether what the MCU was sent before can only have come from here. */
  #isMet = false;
  /** The unanswered command whose answer, coming late and without an id, would be taken for the next one's. */
  #awaitingLateReply: { readonly processId: string; readonly until: Instant } | undefined;

  constructor({ lateReplyMs, lateReplyWindowMs }: InFlightOptions) {
    this.#held = new HeldIds(lateReplyMs);
    this.#lateReplyWindowMs = lateReplyWindowMs;
  }

  /** For commands from now on; ids that are held already stay so for as long as they were to. */
  configure({ lateReplyMs, lateReplyWindowMs }: InFlightOptions): void {
    this.#held.configure(lateReplyMs);
    this.#lateReplyWindowMs = lateReplyWindowMs;
    this.#isMet = false;
  }

  /** The port was opened. The first time, the MCU may still answer what an earlier run of the gateway has sent it. */
  linkUp(now: Instant): void {
    if (!this.#isMet) this.#awaitLateReply("", now);
    this.#isMet = true;
  }

  get size(): number {
    return this.#commands.size;
  }

  get(processId: string): InFlightCommand | undefined {
    return this.#commands.get(processId);
  }

  /** One may be abandoned while they are gone through. */
  values(): IterableIterator<InFlightCommand> {
    return this.#commands.values();
  }

  /** Whether an unanswered command had this id, and its reply can still come. */
  isHeld(processId: string, now: Instant): boolean {
    return this.#held.has(processId, now);
  }

  /** The command has been handed to the port for the first time. */
  add({ request, line }: QueuedRequest, { now, transmittedAt, handedBytes }: Sending): InFlightCommand {
    const command: InFlightCommand = {
      request,
      line,
      sentAt: now,
      lines: new AnswerLines(),
      attempt: 1,
      transmittedAt,
      handedBytes,
      recordedAfter: 0,
      resendAt: undefined,
    };
    this.#commands.set(request.processId, command);
    return command;
  }

  firstDeadline(): Instant | undefined {
    let deadline: Instant | undefined;
    for (const { request } of this.#commands.values()) deadline = earliest(deadline, request.deadline);
    return deadline;
  }

  /** Until when no new command may go out, because a late answer would be taken for the answer to it. */
  lateReplyUntil(): Instant | undefined {
    return this.#awaitingLateReply?.until;
  }

  /** Whether a late answer without an id can still come, which would be taken for the answer to the next command. */
  awaitsLateReply(now: Instant): boolean {
    if (this.#awaitingLateReply !== undefined && now < this.#awaitingLateReply.until) return true;
    this.#awaitingLateReply = undefined;
    return false;
  }

  /**
   * The command that a reply answers, which is no longer in flight then: by its id, or, without one, the command that
   * is next in order. `late`: it went unanswered and its caller has been told so. `unknown`: there is none.
   */
  answer(
    id: string | undefined,
  ):
    | { readonly kind: "answered"; readonly command: InFlightCommand }
    | { readonly kind: "late" | "unknown"; readonly processId: string } {
    const processId = id ?? this.#nextInOrder();
    const command = this.#commands.get(processId);
    if (command === undefined) return { kind: this.#held.release(processId) ? "late" : "unknown", processId };
    this.#commands.delete(processId);
    return { kind: "answered", command };
  }

  /** A line of an answer that goes on. Says whether a command in flight awaits it; its last line settles it. */
  takeData(id: string | undefined, payload: Buffer): boolean {
    const [first = ""] = this.#commands.keys();
    const command = this.#commands.get(id ?? first);
    command?.lines.take(payload);
    return command !== undefined;
  }

  /** A line that is too long to be read; says which command in flight it is the reply to, where it is one. */
  takeOverlong(line: OverlongLine): string | undefined {
    if (line.kind === "data") for (const { lines } of this.#commands.values()) lines.tear();
    return line.kind === "reply" && this.#commands.has(line.id) ? line.id : undefined;
  }

  /** Gives one up: its reply may still come. */
  abandon({ request: { processId }, transmittedAt }: InFlightCommand, now: Instant): "held" | "oldest_forgotten" {
    this.#commands.delete(processId);
    this.#awaitLateReply(processId, now);
    return this.#held.hold(processId, transmittedAt, now);
  }

  /**
   * The MCU has restarted, at `at` or after: no reply to what was sent before can come any more. Without ids that is not
   * relied on: what arrived while it started may be answered yet, and would be taken for the answer to another command.
   */
  forgetSentBefore(at: Instant): void {
    this.#held.releaseSentBefore(at);
  }

  #awaitLateReply(processId: string, now: Instant): void {
    if (this.#lateReplyWindowMs === undefined) return;
    this.#awaitingLateReply = { processId, until: now + this.#lateReplyWindowMs };
  }

  #nextInOrder(): string {
    const [first = ""] = this.#commands.keys();
    const processId = this.#awaitingLateReply?.processId ?? first;
    this.#awaitingLateReply = undefined;
    return processId;
  }
}
