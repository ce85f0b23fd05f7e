import type { OverlongLine } from "../protocol/dialect.ts";
import { AnswerLines } from "./answer-lines.ts";
import { AnswerOrder, type Hold } from "./answer-order.ts";
import { HeldIds, type Released } from "./held-ids.ts";
import { earliest, type Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { QueuedRequest } from "./queue.ts";
import type { Request } from "./request.ts";

/** A command that was handed to the port and is not settled. */
export interface InFlightCommand {
  readonly request: Request;
  readonly line: Buffer;
  /** Whether the line has a checksum. */
  readonly crc: boolean;
  /** Whether it was tried on an MCU of which nothing is known since it was away. */
  readonly isTrial: boolean;
  readonly sentAt: Instant;
  /** The position on the wire of the end of the line, when it was first sent. */
  readonly firstHandedBytes: number;
  /** Of its answer, those that came before the last. */
  readonly lines: AnswerLines;
  /** How often it was sent. */
  attempt: number;
  /** When its last byte will have left the port, or has. */
  transmittedAt: Instant;
  /** The position on the wire of the end of the line, when it was last sent. */
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
  readonly isTrial: boolean;
}

export type InFlightOptions = Pick<CorrelatorOptions, "lateReplyMs" | "dialect">;

export type Answer =
  | { readonly kind: "answered"; readonly command: InFlightCommand }
  /** The command went unanswered, and its caller has been told so. */
  | ({ readonly kind: "late"; readonly processId: string } & Released)
  /** There is no such command. */
  | { readonly kind: "unknown"; readonly processId: string };

/** The commands in flight, and what is still known of those that went unanswered. It decides what a reply answers. */
export class InFlight {
  readonly #commands = new Map<string, InFlightCommand>();
  readonly #held: HeldIds;
  readonly #outbox: Outbox;
  /** Where replies carry no id. */
  #order: AnswerOrder | undefined;

  constructor({ lateReplyMs, dialect: { lateReplyWindowMs } }: InFlightOptions, outbox: Outbox) {
    this.#held = new HeldIds(lateReplyMs);
    this.#order = lateReplyWindowMs === undefined ? undefined : new AnswerOrder(lateReplyWindowMs);
    this.#outbox = outbox;
  }

  /** For commands from now on; ids that are held already stay so for as long as they were to. */
  configure({ lateReplyMs, dialect: { lateReplyWindowMs } }: InFlightOptions): void {
    this.#held.configure(lateReplyMs);
    if (lateReplyWindowMs === undefined) this.#order = undefined;
    else if (this.#order === undefined) this.#order = new AnswerOrder(lateReplyWindowMs);
    else this.#order.configure(lateReplyWindowMs);
  }

  linkUp(now: Instant): void {
    this.#tell(this.#order?.linkUp(now));
  }

  linkDown(): void {
    this.#order?.linkDown();
  }

  /** The port is closed, and somebody else has used it. */
  usedByOthers(): void {
    this.#order?.usedByOthers();
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

  /** Whether one was tried on an MCU of which nothing is known since it was away. */
  get hasTrial(): boolean {
    for (const { isTrial } of this.#commands.values()) if (isTrial) return true;
    return false;
  }

  /** Whether an unanswered command had this id, and its reply can still come. */
  isHeld(processId: string, now: Instant): boolean {
    return this.#held.has(processId, now);
  }

  /** Whether the MCU may be at work on a command that was sent before `at`: one in flight, or one that went unanswered. */
  isAtWork(at: Instant, now: Instant): boolean {
    for (const { sentAt } of this.#commands.values()) if (sentAt < at) return true;
    return this.#held.hasSentBefore(at, now);
  }

  /** The command has been handed to the port for the first time. */
  add({ request, line, crc }: QueuedRequest, { now, transmittedAt, handedBytes, isTrial }: Sending): InFlightCommand {
    const command: InFlightCommand = {
      request,
      line,
      crc,
      isTrial,
      sentAt: now,
      lines: new AnswerLines(),
      attempt: 1,
      firstHandedBytes: handedBytes,
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

  /** When a new command may go out that may not now. */
  wakeAt(): Instant | undefined {
    return this.#order?.wakeAt();
  }

  /** Whether no new command may go out now: another's answer would be taken for the answer to it. */
  holdsWrites(now: Instant): boolean {
    return this.#order?.isHeld(now) ?? false;
  }

  /** The command that a line with this id, or without one, is an answer to. */
  answeredBy(id: string | undefined): InFlightCommand | undefined {
    return id === undefined ? this.#first : this.#commands.get(id);
  }

  /** Whether what comes may be an answer: to a command in flight, or to one that went unanswered. */
  awaitsAny(now: Instant): boolean {
    return this.size > 0 || this.holdsWrites(now) || this.#held.hasAny(now);
  }

  /**
   * What a reply answers, by its id, or, without one, because it is next in order; a command is no longer in flight then.
   * @param usualMs how long replies take as a rule
   */
  answer(id: string | undefined, usualMs: number, now: Instant): Answer {
    if (id === undefined) return this.#answerInOrder(usualMs, now);
    const command = this.#commands.get(id);
    if (command === undefined) return this.#unawaited(id);
    this.#commands.delete(id);
    return { kind: "answered", command };
  }

  /** A line of an answer that goes on. Says whether a command in flight awaits it; its last line settles it. */
  takeData(id: string | undefined, payload: Buffer, usualMs: number, now: Instant): boolean {
    const command = this.answeredBy(id);
    if (command !== undefined) {
      command.lines.take(payload);
      return true;
    }
    this.#held.tear(id);
    this.#tell(this.#order?.strayLine(usualMs, now));
    return false;
  }

  /** A line that is too long to be read; says which command in flight it is the reply to, where it is one. */
  takeOverlong(line: OverlongLine): string | undefined {
    if (line.kind === "data") {
      for (const { lines } of this.#commands.values()) lines.tear();
      this.#held.tear(undefined);
    }
    return line.kind === "reply" && this.#commands.has(line.id) ? line.id : undefined;
  }

  /** Gives one up: its reply may still come. */
  abandon(
    { request: { processId }, transmittedAt, lines }: InFlightCommand,
    now: Instant,
  ): "held" | "oldest_forgotten" {
    this.#commands.delete(processId);
    this.#tell(this.#order?.unanswered(processId, now), processId);
    return this.#held.hold(processId, transmittedAt, lines.byteCount > 0, now);
  }

  /** The port has taken a command only after it was given up: from now on its reply can come. */
  takenLate(processId: string, transmittedAt: Instant, now: Instant): void {
    this.#tell(this.#order?.unanswered(processId, transmittedAt), processId);
    this.#held.hold(processId, transmittedAt, false, now);
  }

  /** The MCU has restarted; its commands have been abandoned. */
  restarted(): void {
    this.#order?.restarted();
  }

  /** Those that went unanswered before the MCU restarted, by their ids; of each it is said once. */
  takeUnanswered(now: Instant): readonly string[] {
    return this.#held.takeUntold(now);
  }

  /**
   * The MCU has restarted, at `at` or after: no reply to what was sent before can come any more. Without ids that is not
   * relied on: what arrived while it started may be answered yet, and would be taken for the answer to another command.
   */
  forgetSentBefore(at: Instant): void {
    this.#held.releaseSentBefore(at);
  }

  #answerInOrder(usualMs: number, now: Instant): Answer {
    const command = this.#first;
    const answered = this.#order?.answered(command !== undefined, usualMs, now);
    this.#tell(answered?.hold);
    if (command === undefined) return this.#unawaited(answered?.lateFor ?? "");
    this.#commands.delete(command.request.processId);
    return { kind: "answered", command };
  }

  /** Nothing is sent for a while; `processId` of the command that went unanswered, or "". */
  #tell(hold: Hold | undefined, processId = ""): void {
    if (hold === undefined) return;
    this.#outbox.report({ kind: "writes_held", reason: hold.reason, forMs: hold.forMs, processId });
  }

  #unawaited(processId: string): Answer {
    const held = this.#held.release(processId);
    if (held === undefined) return { kind: "unknown", processId };
    return { kind: "late", processId, since: held.since, isTorn: held.isTorn };
  }

  /** The only one, where replies carry no id. */
  get #first(): InFlightCommand | undefined {
    const [first] = this.#commands.values();
    return first;
  }
}
