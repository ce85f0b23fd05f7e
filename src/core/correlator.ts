import type { Hello } from "../protocol/hello.ts";
import { hasPayload, type McuLine } from "../protocol/mcu-line.ts";
import { Admission, type Arrival } from "./admission.ts";
import { Drain } from "./drain.ts";
import type { EchoOptions } from "./echo.ts";
import { EchoFilter } from "./echo-filter.ts";
import { Events } from "./events.ts";
import { helloTimeMs } from "./hello-time.ts";
import { InFlight, type InFlightCommand, type InFlightOptions } from "./in-flight.ts";
import { earliest, type Instant } from "./instant.ts";
import { Liveness } from "./liveness.ts";
import { Outbox } from "./outbox.ts";
import type { GatewayReason, Outcome, Why } from "./outcome.ts";
import { Peer } from "./peer.ts";
import type { McuState } from "./phase.ts";
import { Queue } from "./queue.ts";
import { Reception } from "./reception.ts";
import { deadlineGuardMs, type Request, settleBy } from "./request.ts";
import { Resend } from "./resend.ts";
import { Responses } from "./responses.ts";
import { Sender } from "./sender.ts";
import type { CorrelatorOptions, Input, Output } from "./step.ts";

/** From the restart of an MCU that says hello at its start until it has begun to say so. */
const startMs = 2000;

const helloSigil = 0x3d; // "="

/**
 * The request state machine: requests and lines in, responses and lines out, nothing else. Every request waits, is in
 * flight, or has been settled; a settled one has had its one response. No timer and no promise: `wakeAt` says when
 * the next `alarm` is due, and the clock that comes with each input decides.
 */
export class Correlator {
  #options: CorrelatorOptions;
  #events: Events;
  readonly #outbox = new Outbox();
  readonly #queue = new Queue();
  readonly #responses: Responses;
  readonly #inFlight: InFlight;
  readonly #echo: EchoFilter;
  readonly #resend: Resend;
  readonly #peer: Peer;
  readonly #liveness: Liveness;
  readonly #sender: Sender;
  readonly #reception: Reception;
  readonly #admission: Admission;
  readonly #drain = new Drain();

  constructor(options: CorrelatorOptions) {
    this.#options = options;
    this.#events = new Events(options.events);
    this.#responses = new Responses(options.cutoffMs);
    this.#inFlight = new InFlight(inFlightOptions(options), ({ reason, forMs }, processId) =>
      this.#outbox.report({ kind: "writes_held", reason, forMs, processId }),
    );
    this.#echo = new EchoFilter(echoOptions(options), this.#inFlight, this.#outbox);
    this.#resend = new Resend(this.#inFlight);
    this.#peer = new Peer(options);
    this.#liveness = new Liveness(options, this.#peer, {
      probe: (resync) => this.#sender.probe(resync),
      reopen: (rung) => this.#outbox.add({ kind: "reopen", rung }),
      report: (report) => this.#outbox.report(report),
      isAtWork: (at, now) => this.#inFlight.isAtWork(at, now),
    });
    const parts = {
      peer: this.#peer,
      liveness: this.#liveness,
      queue: this.#queue,
      inFlight: this.#inFlight,
      echo: this.#echo,
      responses: this.#responses,
      outbox: this.#outbox,
    };
    this.#sender = new Sender(options, {
      ...parts,
      resend: this.#resend,
      fail: (request, reason, now) => this.#fail(request, reason, now),
    });
    this.#reception = new Reception(options, parts);
    this.#admission = new Admission(options, { ...parts, sender: this.#sender });
  }

  /** Takes one input and says all that follows from it. `now` never goes back. */
  step(input: Input, now: Instant): readonly Output[] {
    this.#take(input, now);
    // What has just been read follows: it may be the answer to what is overdue by now.
    if (input.kind === "stood_still") return this.#outbox.take();
    this.#expire(now);
    this.#liveness.tick(now);
    this.#refuseWaiting(now);
    // Do not repeat a command while handling a line: a later line of the same read may announce a restart.
    this.#sender.writeNext(now, input.kind !== "line");
    if (this.#drain.isOver(this.#queue, this.#inFlight, this.#responses)) this.#outbox.add({ kind: "drained" });
    return this.#outbox.take();
  }

  /** When the next `alarm` is due; undefined while nothing waits for the clock. */
  wakeAt(): Instant | undefined {
    const deadline = this.firstDeadline();
    return earliest(deadline && deadline - deadlineGuardMs, this.#sender.wakeAt(), this.#liveness.wakeAt());
  }

  /** The earliest deadline of an open request. */
  firstDeadline(): Instant | undefined {
    return earliest(this.#queue.firstDeadline(), this.#inFlight.firstDeadline());
  }

  /** Whether the MCU is there, for those who look at the gateway. */
  get mcuState(): McuState {
    return this.#liveness.state;
  }

  #take(input: Input, now: Instant): void {
    switch (input.kind) {
      case "request":
        this.#request(input, now);
        break;
      case "session_down":
        this.#sessionDown();
        break;
      case "link_up":
        this.#echo.linkChanged();
        this.#inFlight.linkUp(now);
        this.#liveness.linkUp(this.#sender.linkUp(now));
        break;
      case "link_closing":
        this.#sender.linkClosing();
        break;
      case "link_down":
        this.#sender.linkDown(now);
        this.#inFlight.linkDown();
        this.#echo.linkChanged();
        this.#reception.linkDown();
        if (this.#liveness.linkDown()) this.#peer.linkDown();
        this.#abandonAll("link_lost", now);
        break;
      case "link_kept":
        this.#liveness.linkKept(this.#sender.isStalled);
        break;
      case "line":
        this.#heard(input.bytes, now);
        break;
      case "overlong":
        this.#overlong(input.head, input.byteCount, now);
        break;
      case "written":
        this.#sender.written(now);
        this.#liveness.written();
        break;
      case "alarm":
        break;
      case "stood_still":
        this.#sender.holdWritesUntil(input.until);
        break;
      case "configure":
        this.#configure(input.options);
        break;
      case "drain":
        this.#drain.begin();
        this.#admission.close();
        for (const { request } of this.#queue.values()) this.#fail(request, "stopping", now);
        break;
      default:
        input satisfies never;
    }
  }

  /** What is open stays so, each request with its deadline; and what is remembered of past requests stays true. */
  #configure(options: CorrelatorOptions): void {
    this.#options = options;
    this.#events = new Events(options.events);
    this.#responses.configure(options.cutoffMs);
    this.#inFlight.configure(inFlightOptions(options));
    this.#echo.configure(echoOptions(options));
    this.#peer.configure(options);
    this.#liveness.configure(options);
    this.#sender.configure(options);
    this.#admission.configure(options);
    this.#reception.configure(options);
  }

  #request(arrival: Arrival, now: Instant): void {
    const { processId, payload } = arrival;
    const open = (this.#queue.get(processId) ?? this.#inFlight.get(processId))?.request;
    // The repetition of what is overdue has a deadline of its own.
    if (open !== undefined && open.deadline < now && open.payload.equals(payload)) this.#expire(now);
    const refused = this.#admission.take(arrival, now);
    if (refused !== undefined) this.#fail(refused.request, refused.reason, now, refused.why);
  }

  /** Responses belong to the session that their requests came on: what waits is not executed any more. */
  #sessionDown(): void {
    this.#responses.endSession();
    for (const { request } of this.#queue.values()) {
      this.#outbox.drop("session_gone", { processId: request.processId, detail: "not executed" });
    }
    this.#queue.clear();
    this.#admission.sessionDown();
  }

  #heard(came: Buffer, now: Instant): void {
    const bytes = this.#reception.frame(came);
    const theirs = bytes.length === 0 ? undefined : this.#echo.take(bytes);
    if (theirs === undefined) return;
    const line = this.#read(theirs);
    if (!this.#echo.admits(line, theirs)) return;
    if (hasPayload(line)) this.#reception.payloadHeard(now);
    this.#line(line, came.length, now);
  }

  /**
   * A command that was tried without a checksum is answered without one, by an MCU that is another one after all. And one of
   * which no hello has come may have checksums, because of an earlier run: a line whose checksum is right has one.
   */
  #read(bytes: Buffer): McuLine {
    const { sendsCrc, isKnown, isDoubted } = this.#peer;
    const line = this.#reception.understand(bytes, sendsCrc);
    if (!sendsCrc && !isKnown && bytes.at(-5) === 0x2a) {
      const checked = this.#options.dialect.read(bytes, true);
      return checked.kind === "damaged" ? line : checked;
    }
    if (line.kind !== "damaged" || !isDoubted) return line;
    const plain = this.#options.dialect.read(bytes, false);
    const isAnswer = plain.kind === "reply" || plain.kind === "refusal";
    return isAnswer && this.#inFlight.get(plain.id ?? "")?.crc === false ? plain : line;
  }

  #line(line: McuLine, byteCount: number, now: Instant): void {
    switch (line.kind) {
      case "reply":
        this.#reply(line.id, { kind: "ok", payload: line.payload }, byteCount, now);
        break;
      case "refusal":
        this.#reply(line.id, { kind: "refused", mcuCode: line.code, mcuText: line.text.toString() }, byteCount, now);
        break;
      case "data":
        if (!this.#inFlight.takeData(line.id, line.payload, this.#resend.usualMs, now))
          this.#strayData(line.id, byteCount);
        break;
      case "hello":
        this.#hello(line.hello, byteCount, now);
        break;
      case "unsupported_version":
        this.#liveness.versionHeard(line.version, now);
        break;
      case "damage_report":
        this.#outbox.report({ kind: "mcu_damage_report" });
        if (line.isChecked && this.#peer.isDoubted) {
          this.#peer.checksumsWanted();
          this.#liveness.answered(this.#inFlight.hasTrial, now);
        } else this.#liveness.damageReported(now);
        this.#resend.makeAllDue(now);
        break;
      case "event":
        this.#outbox.add(this.#events.take(line.name, line.payload, now));
        break;
      case "damaged":
        if (line.bytes[0] === helloSigil) this.#peer.damagedHelloHeard(now);
        this.#reception.tell(line, now);
        break;
      case "log":
      case "unmatched":
      case "malformed":
        this.#reception.tell(line, now);
        break;
      default:
        line satisfies never;
    }
  }

  #hello(hello: Hello, byteCount: number, now: Instant): void {
    const text = this.#peer.says(hello);
    const news = this.#peer.helloHeard(hello, this.#sender.leftBefore(byteCount, now), now);
    this.#liveness.helloHeard(news.kind, now);
    if (text !== undefined) this.#outbox.report({ kind: "mcu_greeted", text });
    if (news.kind === "unchanged") {
      this.#resend.confirmed(news.provenBefore, this.#peer.memory, now);
      return;
    }
    this.#outbox.report({ kind: "mcu_restarted", inFlightCount: this.#inFlight.size });
    this.#sender.restarted(byteCount, now);
    this.#abandonAll("mcu_reset", now);
    this.#inFlight.restarted();
    // Its hello took its time, and a port may hold a command back: what was sent shortly before may have come after; by flow
    // control whatever was sent.
    const { writeTimeoutMs, wire, hasFlowControl } = this.#options;
    if (news.hasForgotten && !hasFlowControl)
      this.#inFlight.forgetSentBefore(now - startMs - helloTimeMs(wire) - writeTimeoutMs);
  }

  /** The only place where something that the MCU said settles a request: by the request's own id, while in flight. */
  #reply(id: string | undefined, outcome: Outcome, byteCount: number, now: Instant): void {
    const answer = this.#inFlight.answer(id, this.#resend.usualMs, now);
    const isTrial = answer.kind === "answered" && answer.command.isTrial && this.#peer.isDoubted;
    this.#peer.answered(isTrial);
    this.#liveness.answered(isTrial, now);
    if (answer.kind !== "answered") {
      const { kind, processId } = answer;
      const name = kind === "late" ? "late_reply" : this.#responses.unawaitedReply(processId, now);
      this.#outbox.drop(name, { processId });
      return;
    }
    const { command } = answer;
    this.#peer.replyHeard(command.firstHandedBytes, now);
    this.#resend.answered(command, now);
    this.#echo.answered(command);
    if (command.attempt === 1) this.#sender.arrived(command, now);
    this.#settle(command.request, command.lines.joinedTo(outcome), now, command, byteCount);
  }

  /** Not told as the MCU's log, which shows what it says: this is a payload, only nobody's. */
  #strayData(id: string | undefined, byteCount: number): void {
    const detail = `a line of an answer, ${byteCount} bytes`;
    this.#outbox.drop("stray_reply", id === undefined ? { detail } : { processId: id, detail });
  }

  #overlong(head: Buffer, byteCount: number, now: Instant): void {
    const { frame, readHead } = this.#options.dialect;
    const framed = frame(head).bytes;
    if (this.#echo.takeOverlong(framed, byteCount)) return;
    const id = this.#inFlight.takeOverlong(readHead(framed));
    this.#outbox.drop("overlong_line", { detail: `${byteCount} bytes` });
    this.#reception.payloadHeard(now);
    // With checksums on it could not be checked, and its id may be damaged: it settles nothing.
    if (id !== undefined && !this.#peer.sendsCrc)
      this.#reply(id, { kind: "error", reason: "reply_too_large", why: "reply_line" }, byteCount, now);
  }

  /** Settles what the clock has decided. */
  #expire(now: Instant): void {
    this.#abandonStalledWrite(now);
    for (const request of this.#queue.expired(now)) this.#fail(request, "queued_too_long", now);
    for (const command of this.#inFlight.values()) {
      if (settleBy(command.request) > now) continue;
      const { processId } = command.request;
      // What was tried without knowing the MCU says nothing of it once it is known.
      if (!command.isTrial || this.#peer.isDoubted) this.#liveness.commandUnanswered(now - command.sentAt, now);
      this.#sender.givenUp(command);
      this.#echo.unanswered(command);
      this.#abandon(command, this.#sender.isWriting(processId) ? "write_stalled" : "no_reply", now);
    }
  }

  #abandonStalledWrite(now: Instant): void {
    const stalled = this.#sender.stalled(now);
    if (stalled === undefined) return;
    const command = this.#inFlight.get(stalled.processId ?? "");
    if (command !== undefined) {
      this.#sender.givenUp(command);
      this.#abandon(command, "write_stalled", now);
    }
    this.#outbox.report({ kind: "write_stalled" });
    this.#liveness.writeStalled(now);
  }

  #abandonAll(reason: "link_lost" | "mcu_reset", now: Instant): void {
    for (const command of this.#inFlight.values()) this.#abandon(command, reason, now);
  }

  /** Gives up a command that was written: its reply may still come, so its id is held. */
  #abandon(command: InFlightCommand, reason: GatewayReason, now: Instant): void {
    this.#sender.abandoned(command);
    if (this.#inFlight.abandon(command, now) === "oldest_forgotten") this.#outbox.drop("forgotten_id");
    this.#settle(command.request, { kind: "error", reason }, now, command);
  }

  /** Once the MCU is known to be away, what waits is told so at once. */
  #refuseWaiting(now: Instant): void {
    for (const { request } of this.#queue.values()) {
      const refusal = this.#liveness.refusal(this.#admission.openCount - 1, now);
      if (refusal === undefined) return;
      this.#fail(request, refusal, now);
    }
  }

  /** Settles a request that was never written. */
  #fail(request: Request, reason: GatewayReason, now: Instant, why?: Why): void {
    this.#queue.remove(request);
    this.#settle(request, why === undefined ? { kind: "error", reason } : { kind: "error", reason, why }, now);
  }

  #settle(request: Request, outcome: Outcome, now: Instant, command?: InFlightCommand, lineBytes = 0): void {
    // Named one by one: a spread of all options took 30 µs of each response's way.
    const { deadlineMs, queueMax, replyBytesMax, responseBytesMax, wire } = this.#options;
    const { lineBytesMax } = this.#peer;
    const limits = { deadlineMs, queueMax, replyBytesMax, responseBytesMax, wire, lineBytesMax };
    this.#outbox.add(...this.#responses.settle(request, { outcome, command, lineBytes, now }, limits));
    this.#admission.settled(request.processId, now, (refused) => this.#fail(refused.request, refused.reason, now));
  }
}

function inFlightOptions({ lateReplyMs, dialect }: CorrelatorOptions): InFlightOptions {
  return { lateReplyMs, quietMs: dialect.quietMs };
}

function echoOptions({ echo, dialect: { tellsDirections, frame } }: CorrelatorOptions): EchoOptions {
  return { mode: echo, tellsDirections, frame: (bytes) => frame(bytes).bytes };
}
