import type { Hello } from "../protocol/hello.ts";
import type { McuLine } from "../protocol/mcu-line.ts";
import type { AskedProbe } from "./asked-probe.ts";
import type { ControlLines } from "./control-lines.ts";
import type { EchoFilter } from "./echo-filter.ts";
import { Events } from "./events.ts";
import { helloTimeMs } from "./hello-time.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import { Interpreter } from "./interpreter.ts";
import type { Liveness } from "./liveness.ts";
import { isLocalId } from "./local-id.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { Outcome } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import type { Resend } from "./resend.ts";
import type { Responses } from "./responses.ts";
import type { Sender } from "./sender.ts";
import type { Settlements } from "./settlements.ts";
import type { Waits } from "./waits.ts";
import type { Wire } from "./wire.ts";

/** How long an MCU that says hello at its start takes from its restart to the first byte of that hello, at most. */
const startMs = 2000;

const helloSigil = 0x3d; // "="

export type ReceiverOptions = Pick<
  CorrelatorOptions,
  "dialect" | "wireFormat" | "replyBytesMax" | "writeTimeoutMs" | "hasFlowControl" | "events" | "board"
>;

/** Those whom a line from the MCU may concern. */
export interface ReceiverParts {
  readonly wire: Wire;
  readonly control: ControlLines;
  readonly waits: Waits;
  readonly peer: Peer;
  readonly liveness: Liveness;
  readonly inFlight: InFlight;
  readonly echo: EchoFilter;
  readonly resend: Resend;
  readonly sender: Sender;
  readonly responses: Responses;
  readonly settlements: Settlements;
  readonly askedProbe: AskedProbe;
  readonly outbox: Outbox;
}

/** Does what follows from each line that the MCU says. */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #interpreter: Interpreter;
  #options: ReceiverOptions;
  readonly #events: Events;

  constructor(options: ReceiverOptions, parts: ReceiverParts) {
    this.#options = options;
    this.#parts = parts;
    this.#interpreter = new Interpreter(options, parts);
    this.#events = new Events(options.events);
  }

  configure(options: ReceiverOptions): void {
    this.#options = options;
    this.#interpreter.configure(options);
    this.#events.configure(options.events);
  }

  linkDown(): void {
    this.#interpreter.linkDown();
  }

  /** @param bytes one line, without its end */
  line(bytes: Buffer, now: Instant): void {
    const line = this.#interpreter.read(bytes, now);
    if (line !== undefined) this.#take(line, bytes.length, now);
  }

  /** A line that is too long to be read, of `byteCount`. */
  overlong(head: Buffer, byteCount: number, now: Instant): void {
    const { inFlight, peer } = this.#parts;
    const line = this.#interpreter.readOverlong(head, byteCount, now);
    if (line === undefined) return;
    const id = inFlight.takeOverlong(line);
    // With checksums on it could not be checked, and its id may be damaged: it settles nothing.
    if (id !== undefined && !peer.sendsCrc)
      this.#reply(id, { kind: "error", reason: "reply_too_large", why: "reply_line" }, byteCount, now);
  }

  #take(line: McuLine, byteCount: number, now: Instant): void {
    const { peer, inFlight, resend, outbox } = this.#parts;
    switch (line.kind) {
      case "reply":
        this.#reply(line.id, { kind: "ok", payload: line.payload }, byteCount, now);
        break;
      case "refusal":
        this.#reply(line.id, { kind: "refused", mcuCode: line.code, mcuText: line.text.toString() }, byteCount, now);
        break;
      case "data":
        if (!inFlight.takeData(line.id, line.payload, resend.usualMs, now)) this.#strayData(line.id, byteCount);
        break;
      case "hello":
        this.#hello(line.hello, byteCount, now);
        break;
      case "unsupported_version":
        this.#parts.liveness.versionHeard(line.version, now);
        break;
      case "damage_report":
        this.#damageReported(line.isChecked, now);
        break;
      case "event":
        outbox.add(this.#events.take(line.name, line.payload, now));
        break;
      case "damaged":
        if (line.bytes[0] === helloSigil) peer.damagedHelloHeard(now);
        this.#interpreter.tell(line, now);
        break;
      case "log":
      case "unmatched":
      case "malformed":
        this.#interpreter.tell(line, now);
        break;
      default:
        line satisfies never;
    }
  }

  #hello(hello: Hello, byteCount: number, now: Instant): void {
    const { peer, liveness, inFlight, resend, sender, settlements, askedProbe, outbox } = this.#parts;
    const text = peer.says(hello);
    const leftBytes = sender.leftBefore(byteCount, now);
    const news = peer.helloHeard(hello, leftBytes, now);
    liveness.helloHeard(news.kind, now);
    askedProbe.helloHeard(hello, news.kind === "unchanged" ? news.provenBefore : undefined, leftBytes, now);
    if (text !== undefined) outbox.report({ kind: "mcu_hello", text });
    if (news.kind === "unchanged") {
      resend.confirmed(news.provenBefore, peer.memory, now);
      return;
    }
    outbox.report({ kind: "mcu_restarted", inFlightCount: inFlight.size });
    sender.restarted(byteCount, now);
    settlements.abandonAll("mcu_reset", now);
    inFlight.restarted();
    this.#tellUnanswered(now);
    // A command that was sent shortly before this hello may have come to the MCU after its restart: the hello took time, and
    // the port may hold a command back. With flow control that is so of each command, however long ago it was sent.
    const { writeTimeoutMs, wireFormat, hasFlowControl } = this.#options;
    if (news.hasForgotten && !hasFlowControl)
      inFlight.forgetSentBefore(now - startMs - helloTimeMs(wireFormat) - writeTimeoutMs);
  }

  /** It has restarted: what it has not answered by now, it will hardly answer. */
  #tellUnanswered(now: Instant): void {
    if (!this.#events.tellsLateReplies) return;
    const { inFlight, outbox } = this.#parts;
    // Of requests from this machine the hub hears nothing.
    const unanswered = inFlight.takeUnanswered(now).filter((processId) => !isLocalId(processId));
    if (unanswered.length > 0) outbox.add(this.#events.restarted(unanswered, this.#options.board, now));
  }

  /** A line came damaged to the MCU, it says, and not which. */
  #damageReported(isChecked: boolean, now: Instant): void {
    const { peer, liveness, inFlight, resend, outbox } = this.#parts;
    outbox.report({ kind: "mcu_damage_report" });
    if (isChecked && peer.isDoubted) {
      peer.checksumsWanted();
      liveness.answered(inFlight.hasTrial, now);
    } else if (!peer.crc) this.#askAgain(now);
    resend.makeAllDue(now);
  }

  /** The MCU asks for checksums that it has not been heard to switch on: its hello was lost, unless it is under way. */
  #askAgain(now: Instant): void {
    const { control, waits } = this.#parts;
    const isAsked = control.probedAt !== undefined && now < waits.nextProbeAt(control.probedAt);
    if (!isAsked) control.probe(true, now);
  }

  /** The only place where something that the MCU said settles a request: by the request's own id, while in flight. */
  #reply(id: string | undefined, outcome: Outcome, byteCount: number, now: Instant): void {
    const { wire, peer, liveness, inFlight, echo, resend, responses, settlements, outbox } = this.#parts;
    const answer = inFlight.answer(id, resend.usualMs, now);
    const isTrial = answer.kind === "answered" && answer.command.isTrial && peer.isDoubted;
    peer.answered(isTrial);
    liveness.answered(isTrial, now);
    if (answer.kind !== "answered") {
      const { kind, processId } = answer;
      outbox.drop(kind === "late" ? "late_reply" : responses.unawaitedReply(processId, now), { processId });
      const isTold = this.#events.tellsLateReplies && !isLocalId(processId);
      if (kind === "late" && outcome.kind !== "error" && isTold) {
        const reply = { processId, lateMs: now - answer.since, outcome, isTorn: answer.isTorn };
        outbox.add(this.#events.lateReply(reply, this.#options.board, now));
      }
      return;
    }
    const { command } = answer;
    peer.replyHeard(command.firstHandedBytes, now);
    resend.answered(command, now);
    echo.answered(command);
    // Which of several sendings it answers cannot be told.
    if (command.attempt === 1) wire.arrived(command.handedBytes, now);
    settlements.settle(command, command.lines.joinedTo(outcome), byteCount, now);
  }

  /** Not told as the MCU's log, which shows what it says: this is a payload, only nobody's. */
  #strayData(id: string | undefined, byteCount: number): void {
    const detail = `a line of an answer, ${byteCount} bytes`;
    this.#parts.outbox.drop("stray_reply", id === undefined ? { detail } : { processId: id, detail });
  }
}
