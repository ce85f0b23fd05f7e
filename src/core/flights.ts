import type { OverlongLine } from "../line/dialect.ts";
import { AnswerLines } from "./answer-lines.ts";
import { BootProof } from "./boot-proof.ts";
import { HeldIds } from "./held-ids.ts";
import { earliest, type Instant } from "./instant.ts";
import { type Request, settleBy } from "./request.ts";
import { RoundTrip } from "./round-trip.ts";

/**
 * How often a command is sent in all to an MCU that remembers. With 19 % of all exchanges lost (10 % of all lines damaged,
 * both ways) one of 20 000 is lost six times; and a slow command holds the others up no longer than that.
 */
const attemptsMax = 6;

/** A command that was handed to the port and is not settled. */
export interface Flight {
  readonly request: Request;
  readonly line: Buffer;
  readonly sentAt: Instant;
  /** When its last byte will have left the port, or has. */
  readonly sentBy: Instant;
  /** The wire's count of bytes up to the end of the line. */
  readonly handedBytes: number;
  readonly attempt: number;
  /** How many other commands may have entered the MCU's memory after it: each enters once, when it first arrives. */
  readonly pushed: number;
  /** When the line is sent again unless a reply has come; undefined where it will not be. */
  readonly resendAt: Instant | undefined;
  readonly lines: AnswerLines;
}

/** One sending of a line: when, up to which byte, and how many last commands the MCU remembers at that time. */
export interface Sending {
  readonly now: Instant;
  /** When its last byte will have left the port. */
  readonly sentBy: Instant;
  readonly handedBytes: number;
  readonly memory: number;
}

export interface FlightOptions {
  /** How late a reply can be: the id of an unanswered command is not used again before. */
  readonly lateReplyMs: number;
  /** Defined where replies carry no id; see `Dialect`. */
  readonly quietMs: number | undefined;
}

/**
 * The commands in flight, and what is still known of those that went unanswered. It decides what a reply answers and
 * what may be sent again, and sends nothing.
 */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  readonly #held: HeldIds;
  #quietMs: number | undefined;
  readonly #roundTrip = new RoundTrip();
  readonly #proof = new BootProof();
  /** Whether what the MCU was sent before can only have come from here. */
  #isMet = false;
  /** The unanswered command whose answer, coming late and without an id, would be taken for the next one's. */
  #owing: { readonly processId: string; readonly until: Instant } | undefined;

  constructor({ lateReplyMs, quietMs }: FlightOptions) {
    this.#held = new HeldIds(lateReplyMs);
    this.#quietMs = quietMs;
  }

  /** For commands from now on; ids that are held already stay so for as long as they were to. */
  configure({ lateReplyMs, quietMs }: FlightOptions): void {
    this.#held.configure(lateReplyMs);
    this.#quietMs = quietMs;
    this.#isMet = false;
  }

  /** The port was opened. The first time, the MCU may still answer what an earlier run of the gateway has sent it. */
  linkUp(now: Instant): void {
    if (this.#quietMs !== undefined && !this.#isMet) this.#owing = { processId: "", until: now + this.#quietMs };
    this.#isMet = true;
  }

  get size(): number {
    return this.#flights.size;
  }

  /**
   * Whether the reply to a command that is sent now will come in time, as replies go. An MCU that gets more requests than
   * it can serve would else be given each one when it is too late for it, and none would be answered. A request that is
   * fresh is always tried: what was measured may be true no more.
   */
  isReplyInTime(request: Request, now: Instant): boolean {
    const deadlineMs = request.deadline - request.arrivedAt;
    return now + Math.min(this.#roundTrip.smoothedMs, deadlineMs / 2) <= settleBy(request);
  }

  get(processId: string): Flight | undefined {
    return this.#flights.get(processId);
  }

  values(): IterableIterator<Flight> {
    return this.#flights.values();
  }

  /** Whether an unanswered command had this id, and its reply can still come. */
  isHeld(processId: string, now: Instant): boolean {
    return this.#held.has(processId, now);
  }

  send(request: Request, line: Buffer, sending: Sending): void {
    const { now: sentAt, sentBy, handedBytes } = sending;
    // Those before it may still enter the memory after it, if the MCU missed them and they are sent again.
    let pushed = 0;
    for (const other of this.#flights.values()) {
      if (other.resendAt !== undefined) pushed += 1;
      this.#set({ ...other, pushed: other.pushed + 1 });
    }
    const flight = { request, line, sentAt, sentBy, handedBytes, pushed, attempt: 1 };
    const lines = new AnswerLines();
    this.#flights.set(request.processId, { ...flight, lines, resendAt: this.#resendAt(1, sending) });
  }

  resend(flight: Flight, sending: Sending): void {
    const attempt = flight.attempt + 1;
    const { sentBy, handedBytes } = sending;
    const resendAt = this.#resendAt(attempt, sending);
    this.#flights.set(flight.request.processId, { ...flight, sentBy, handedBytes, attempt, resendAt });
  }

  /** The first one whose line is due again, once it is proven that the MCU has not restarted. */
  dueAgain(now: Instant): Flight | undefined {
    return this.#proof.holds(now) ? this.#firstDue(now) : undefined;
  }

  /** Whether the MCU is to be asked for its hello now, because a line is due again and nothing proves that it remembers. */
  asksForProof(now: Instant): boolean {
    if (this.#proof.holds(now) || now < this.#proof.askAt || this.#firstDue(now) === undefined) return false;
    this.#proof.asked(now, this.#roundTrip.silenceMs(1));
    return true;
  }

  /** The MCU has said hello, and it has not restarted. */
  proven(now: Instant): void {
    this.#proof.given(now);
  }

  #firstDue(now: Instant): Flight | undefined {
    for (const flight of this.#flights.values()) {
      if (flight.resendAt !== undefined && flight.resendAt <= now) return flight;
    }
    return undefined;
  }

  /** A line came damaged to the MCU, which one is not known: all that may be sent again are due. */
  makeAllDue(now: Instant): void {
    for (const flight of this.#flights.values())
      if (flight.resendAt !== undefined) this.#set({ ...flight, resendAt: now });
  }

  neverResend(flight: Flight): void {
    this.#set({ ...flight, resendAt: undefined });
  }

  firstDeadline(): Instant | undefined {
    let deadline: Instant | undefined;
    for (const { request } of this.#flights.values()) deadline = earliest(deadline, request.deadline);
    return deadline;
  }

  /** When the next line is due again, or the proof that it needs. */
  resendAt(): Instant | undefined {
    let resendAt: Instant | undefined;
    for (const flight of this.#flights.values()) resendAt = earliest(resendAt, flight.resendAt);
    return resendAt && Math.max(resendAt, this.#proof.askAt);
  }

  /** Until when no new command may go out, because a late answer would be taken for the answer to it. */
  quietUntil(): Instant | undefined {
    return this.#owing?.until;
  }

  /** Whether a new command may go out: no answer is owed, and none that may be repeated falls out of the memory. */
  admits(memory: number, now: Instant): boolean {
    if (this.#owing !== undefined && now < this.#owing.until) return false;
    this.#owing = undefined;
    for (const { pushed, resendAt } of this.#flights.values()) {
      if (resendAt !== undefined && pushed + 1 >= memory) return false;
    }
    return true;
  }

  /**
   * The command that a reply answers, which is no longer in flight then: by its id, or, without one, the command that
   * is next in order. `late`: it went unanswered and its caller has been told so. `unknown`: there is none.
   */
  answer(
    id: string | undefined,
    now: Instant,
  ): Flight | { readonly kind: "late" | "unknown"; readonly processId: string } {
    const processId = id ?? this.#nextInOrder();
    const flight = this.#flights.get(processId);
    if (flight === undefined) return { kind: this.#held.release(processId) ? "late" : "unknown", processId };
    this.#flights.delete(processId);
    // Which of several attempts it answers cannot be told (Karn's rule).
    if (flight.attempt === 1) this.#roundTrip.measured(now - flight.sentAt);
    return flight;
  }

  /** A line of an answer that goes on. Says whether a command in flight awaits it; its last line settles it. */
  takeData(id: string | undefined, payload: Buffer): boolean {
    const [inFlight = ""] = this.#flights.keys();
    const flight = this.#flights.get(id ?? inFlight);
    flight?.lines.take(payload);
    return flight !== undefined;
  }

  /** A line that is too long to be read; says which command in flight it is the reply to, where it is one. */
  takeOverlong(line: OverlongLine): string | undefined {
    if (line.kind === "data") for (const { lines } of this.#flights.values()) lines.tear();
    return line.kind === "reply" && this.#flights.has(line.id) ? line.id : undefined;
  }

  /** Gives one up: its reply may still come. */
  lose({ request: { processId }, sentBy }: Flight, now: Instant): "held" | "oldest_forgotten" {
    this.#flights.delete(processId);
    if (this.#quietMs !== undefined) this.#owing = { processId, until: now + this.#quietMs };
    return this.#held.hold(processId, sentBy, now);
  }

  /**
   * The MCU has restarted, at `at` or after: no reply to what was sent before can come any more. Without ids that is not
   * relied on: what arrived while it started may be answered yet, and would be taken for the answer to another command.
   */
  forgetSentBefore(at: Instant): void {
    this.#held.releaseSentBefore(at);
  }

  #nextInOrder(): string {
    const [inFlight = ""] = this.#flights.keys();
    const processId = this.#owing?.processId ?? inFlight;
    this.#owing = undefined;
    return processId;
  }

  #resendAt(attempt: number, { sentBy, memory }: Sending): Instant | undefined {
    return memory > 0 && attempt < attemptsMax ? sentBy + this.#roundTrip.silenceMs(attempt) : undefined;
  }

  #set(flight: Flight): void {
    this.#flights.set(flight.request.processId, flight);
  }
}
