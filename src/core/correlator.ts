import type { Hello } from "../line/hello.ts";
import { isId } from "../line/id.ts";
import type { McuLine } from "../line/mcu-line.ts";
import { Events } from "./events.ts";
import { type Flight, Flights, type Sending } from "./flights.ts";
import { earliest, type Instant } from "./instant.ts";
import { helloMsMax, Mcu, type McuAction } from "./mcu.ts";
import type { GatewayReason, Outcome } from "./outcome.ts";
import type { DropName, Report } from "./report.ts";
import { deadlineGuardMs, type Request, requestOf, settleBy } from "./request.ts";
import { Responses } from "./responses.ts";
import type { CorrelatorOptions, Input, Output } from "./step.ts";
import { Wire } from "./wire.ts";

/**
 * The request state machine: requests and lines in, responses and lines out, nothing else. Every request waits, is in
 * flight, or has been settled; a settled one has had its one response. No timer and no promise: `wakeAt` says when
 * the next `alarm` is due, and the clock that comes with each input decides.
 */
export class Correlator {
  #options: CorrelatorOptions;
  #mcu: Mcu;
  #wire: Wire;
  #events: Events;
  readonly #responses: Responses;
  readonly #flights: Flights;
  /** In order of arrival, which is the order of deadlines too. */
  readonly #waiting = new Map<string, Request>();
  /** Nothing is written before; undefined where nothing stands against it. */
  #quietUntil: Instant | undefined;
  #lastArrivedAt: Instant = Number.NEGATIVE_INFINITY;
  #draining: "no" | "begun" | "told" = "no";
  #outputs: Output[] = [];

  constructor(options: CorrelatorOptions) {
    this.#options = options;
    this.#mcu = new Mcu(options);
    this.#wire = new Wire(options.wire, options.writeTimeoutMs);
    this.#events = new Events(options.events);
    this.#responses = new Responses(options.cutoffMs);
    this.#flights = new Flights({ ...options, quietMs: options.dialect.quietMs });
  }

  /** Takes one input and says all that follows from it. `now` never goes back. */
  step(input: Input, now: Instant): readonly Output[] {
    this.#outputs = [];
    this.#take(input, now);
    this.#expire(now);
    this.#perform(this.#mcu.tick(now));
    this.#refuseWaiting(now);
    // Of what was read together the next line may say that the MCU has restarted.
    this.#writeNext(now, input.kind !== "line");
    this.#tellDrained();
    return this.#outputs;
  }

  /** When the next `alarm` is due; undefined while nothing waits for the clock. */
  wakeAt(): Instant | undefined {
    const deadline = this.firstDeadline();
    // What is due to be written is written by the step that makes it possible: `written`, or the end of the quiet.
    const canWrite = this.#wire.isFree && this.#quietUntil === undefined;
    const writeAt = canWrite ? earliest(this.#flights.resendAt(), this.#flights.quietUntil()) : this.#quietUntil;
    return earliest(deadline && deadline - deadlineGuardMs, this.#wire.wakeAt(), this.#mcu.wakeAt(), writeAt);
  }

  /** The earliest deadline of an open request. */
  firstDeadline(): Instant | undefined {
    const [head] = this.#waiting.values();
    return earliest(head?.deadline, this.#flights.firstDeadline());
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
        this.#wire.open();
        this.#flights.linkUp(now);
        this.#perform(this.#mcu.linkUp(now));
        break;
      case "link_down":
        this.#wire.close();
        this.#mcu.linkDown();
        this.#abortFlights("link_lost", now);
        break;
      case "line":
        this.#line(this.#mcu.read(input.bytes), input.bytes.length, now);
        break;
      case "overlong":
        this.#overlong(input.head, input.byteCount, now);
        break;
      case "written":
        this.#wire.written();
        break;
      case "alarm":
        break;
      case "stood_still":
        this.#quietUntil = input.until;
        break;
      case "configure":
        this.#configure(input.options);
        break;
      case "drain":
        this.#draining = "begun";
        for (const request of this.#waiting.values()) this.#fail(request, "stopping", now);
        break;
      default:
        input satisfies never;
    }
  }

  /** With the link down nothing is open, and what is remembered of past requests stays true. */
  #configure(options: CorrelatorOptions): void {
    this.#options = options;
    this.#mcu = new Mcu(options);
    this.#wire = new Wire(options.wire, options.writeTimeoutMs);
    this.#events = new Events(options.events);
    this.#responses.configure(options.cutoffMs);
    this.#flights.configure({ ...options, quietMs: options.dialect.quietMs });
  }

  #request({ processId, payload, arrivedAt: earliestArrival }: Input & { kind: "request" }, now: Instant): void {
    // Requests come in order on one connection, whatever a stand-still makes of their times.
    const arrivedAt = Math.max(earliestArrival, this.#lastArrivedAt);
    this.#lastArrivedAt = arrivedAt;
    const open = this.#waiting.get(processId) ?? this.#flights.get(processId)?.request;
    if (open?.payload.equals(payload)) {
      open.session = this.#responses.session;
      this.#drop("duplicate_request", { processId, detail: "the first one is still open" });
      return;
    }
    const memory = this.#responses.recall(processId, payload, arrivedAt);
    if (memory.kind === "answered") {
      this.#drop("duplicate_request", { processId, detail: "answered again" });
      if (now <= arrivedAt + this.#options.deadlineMs) {
        this.#outputs.push({ kind: "publish", processId, payload: memory.response });
      }
      return;
    }
    const request = requestOf({ processId, payload, arrivedAt }, this.#options.deadlineMs, this.#responses.session);
    const taken = open !== undefined || memory.kind === "taken" || this.#flights.isHeld(processId, now);
    const refusal = this.#refusal(request, taken);
    if (refusal === undefined) this.#waiting.set(processId, request);
    else this.#fail(request, refusal, now);
  }

  #refusal(request: Request, taken: boolean): GatewayReason | undefined {
    if (!isId(request.processId)) return "bad_process_id";
    if (taken) return "id_held";
    if (this.#draining !== "no") return "stopping";
    const refusal = this.#mcu.refusal(this.#openCount());
    if (refusal !== undefined) return refusal;
    const line = this.#lineOf(request);
    if (line === undefined) return "bad_payload";
    if (line.length > this.#mcu.lineBytesMax && !this.#mcu.isGreeting) return "too_long";
    return this.#waiting.size >= this.#options.queueMax ? "queue_full" : undefined;
  }

  /** Responses belong to the session that their requests came on: what waits is not executed any more. */
  #sessionDown(): void {
    this.#responses.endSession();
    for (const { processId } of this.#waiting.values()) {
      this.#drop("session_gone", { processId, detail: "not executed" });
    }
    this.#waiting.clear();
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
        if (!this.#flights.takeData(line.id, line.payload)) this.#strayData(line.id, byteCount);
        break;
      case "hello":
        this.#hello(line.hello, now);
        break;
      case "unsupported_version":
        this.#perform(this.#mcu.versionHeard(line.version, now));
        break;
      case "damage_report":
        this.#report({ kind: "mcu_damage_report" });
        this.#perform(this.#mcu.damageReported(now));
        this.#flights.makeAllDue(now);
        break;
      case "event":
        this.#outputs.push(this.#events.take(line.name, line.payload, now));
        break;
      case "log":
        this.#report({ kind: "mcu_log", bytes: line.bytes });
        break;
      case "damaged":
      case "malformed":
        this.#drop(`${line.kind}_line`, { detail: `${line.bytes.length} bytes` });
        break;
      default:
        line satisfies never;
    }
  }

  #hello(hello: Hello, now: Instant): void {
    const { restarted, forgot, actions } = this.#mcu.helloHeard(hello, now);
    this.#perform(actions);
    if (!restarted) {
      this.#flights.proven(now);
      return;
    }
    this.#report({ kind: "mcu_restarted", inFlightCount: this.#flights.size });
    this.#abortFlights("mcu_reset", now);
    // Its hello took its time, and a port may hold a command back: what was sent shortly before may have come after.
    if (forgot) this.#flights.forgetSentBefore(now - helloMsMax - this.#options.writeTimeoutMs);
  }

  /** The only place where something that the MCU said settles a request: by the request's own id, while in flight. */
  #reply(id: string | undefined, outcome: Outcome, byteCount: number, now: Instant): void {
    this.#perform(this.#mcu.answered(now));
    const answered = this.#flights.answer(id, now);
    if ("kind" in answered) {
      const { kind, processId } = answered;
      const unawaited = this.#responses.wasReplied(processId, now) ? "second_reply" : "stray_reply";
      this.#drop(kind === "late" ? "late_reply" : unawaited, { processId });
      return;
    }
    if (answered.attempt === 1) this.#wire.arrived(answered.handedBytes, now);
    this.#settle(answered.request, answered.lines.joinedTo(outcome), now, answered, byteCount);
  }

  /** Not told as the MCU's log, which shows what it says: this is a payload, only nobody's. */
  #strayData(id: string | undefined, byteCount: number): void {
    const detail = `a line of an answer, ${byteCount} bytes`;
    this.#drop("stray_reply", id === undefined ? { detail } : { processId: id, detail });
  }

  #overlong(head: Buffer, byteCount: number, now: Instant): void {
    const id = this.#flights.takeOverlong(this.#options.dialect.readHead(head));
    this.#drop("overlong_line", { detail: `${byteCount} bytes` });
    if (id !== undefined) this.#reply(id, { kind: "error", reason: "reply_too_large" }, byteCount, now);
  }

  /** Settles what the clock has decided. */
  #expire(now: Instant): void {
    this.#abandonStalledWrite(now);
    for (const request of this.#waiting.values()) {
      if (settleBy(request) > now) break;
      this.#fail(request, "queued_too_long", now);
    }
    for (const flight of this.#flights.values()) {
      if (settleBy(flight.request) > now) continue;
      const { processId } = flight.request;
      this.#perform(this.#mcu.commandUnanswered(now - flight.sentAt, now));
      this.#wire.queueControl("cancel", this.#options.dialect.cancel(processId, this.#mcu));
      this.#loseFlight(flight, this.#wire.isWriting(processId) ? "write_stalled" : "no_reply", now);
    }
  }

  #abandonStalledWrite(now: Instant): void {
    const stalled = this.#wire.stalled(now);
    if (stalled === undefined) return;
    const flight = this.#flights.get(stalled.processId ?? "");
    if (flight !== undefined) this.#loseFlight(flight, "write_stalled", now);
    this.#report({ kind: "write_stalled" });
    this.#perform(this.#mcu.writeStalled(now));
  }

  #abortFlights(reason: "link_lost" | "mcu_reset", now: Instant): void {
    for (const flight of this.#flights.values()) this.#loseFlight(flight, reason, now);
  }

  /** Gives up a command that was written: its reply may still come, so its id is held. */
  #loseFlight(flight: Flight, reason: GatewayReason, now: Instant): void {
    if (this.#flights.lose(flight, now) === "oldest_forgotten") this.#drop("forgotten_id", {});
    this.#settle(flight.request, { kind: "error", reason }, now, flight);
  }

  /** Once the MCU is known to be away, what waits is told so at once. */
  #refuseWaiting(now: Instant): void {
    for (const request of this.#waiting.values()) {
      const refusal = this.#mcu.refusal(this.#openCount() - 1);
      if (refusal === undefined) return;
      this.#fail(request, refusal, now);
    }
  }

  /** Requests that stand before another one; a port that takes no bytes stands before each. */
  #openCount(): number {
    return this.#waiting.size + this.#flights.size + (this.#wire.isStalled ? 1 : 0);
  }

  #fail(request: Request, reason: GatewayReason, now: Instant): void {
    if (this.#waiting.get(request.processId) === request) this.#waiting.delete(request.processId);
    this.#settle(request, { kind: "error", reason }, now, undefined);
  }

  #settle(request: Request, outcome: Outcome, now: Instant, flight: Flight | undefined, lineBytes = 0): void {
    // Named one by one: a spread of all options took 30 µs of each response's way.
    const { deadlineMs, queueMax, responseBytesMax, wire } = this.#options;
    const limits = { deadlineMs, queueMax, responseBytesMax, wire, lineBytesMax: this.#mcu.lineBytesMax };
    this.#outputs.push(...this.#responses.settle(request, { outcome, flight, lineBytes, now }, limits));
  }

  #writeNext(now: Instant, mayRepeat: boolean): void {
    if (this.#quietUntil !== undefined && now < this.#quietUntil) return;
    this.#quietUntil = undefined;
    if (!this.#wire.isFree) return;
    if (mayRepeat && this.#flights.asksForProof(now)) this.#perform(this.#mcu.askBoot(now));
    const control = this.#wire.takeControl();
    if (control?.kind === "probe") this.#mcu.probeWritten(now);
    if (control !== undefined) {
      this.#hand(control.line, undefined, now);
      return;
    }
    for (let flight = this.#flights.dueAgain(now); mayRepeat && flight; flight = this.#flights.dueAgain(now)) {
      if (this.#resend(flight, now)) return;
    }
    if (!this.#flights.admits(this.#mcu.memory, now)) return;
    for (const request of this.#waiting.values()) {
      if (!this.#mcu.takesCommands(this.#flights.size)) return;
      if (this.#send(request, now)) return;
    }
  }

  /** Writes the command for the first time, unless it is too late or too long for that. */
  #send(request: Request, now: Instant): boolean {
    const line = this.#lineOf(request);
    if (line === undefined) this.#fail(request, "bad_payload", now);
    else if (line.length > this.#mcu.lineBytesMax) this.#fail(request, "too_long", now);
    else if (!this.#wire.isInTime(line, request, now) || !this.#flights.isReplyInTime(request, now)) {
      this.#fail(request, "queued_too_long", now);
    } else {
      this.#waiting.delete(request.processId);
      this.#flights.send(request, line, this.#hand(line, request.processId, now));
      return true;
    }
    return false;
  }

  /** Writes it again, to an MCU that remembers; not for a caller who is gone, nor when no reply can come in time. */
  #resend(flight: Flight, now: Instant): boolean {
    const { request, line } = flight;
    if (!this.#responses.isAwaited(request) || !this.#wire.isInTime(line, request, now)) {
      this.#flights.neverResend(flight);
      return false;
    }
    this.#report({ kind: "command_resent", processId: request.processId });
    this.#flights.resend(flight, this.#hand(line, request.processId, now));
    return true;
  }

  #hand(line: Buffer, processId: string | undefined, now: Instant): Sending {
    const handedBytes = this.#wire.hand(line, processId, now);
    this.#outputs.push({ kind: "write", bytes: line });
    return { now, handedBytes, sentBy: this.#wire.freeAfter(0, now), memory: this.#mcu.memory };
  }

  #lineOf({ processId, payload }: Request): Buffer | undefined {
    return this.#options.dialect.command(processId, payload, this.#mcu.crc);
  }

  /** Once nobody waits for an answer any more. */
  #tellDrained(): void {
    if (this.#draining !== "begun" || this.#waiting.size > 0) return;
    for (const { request } of this.#flights.values()) if (this.#responses.isAwaited(request)) return;
    this.#draining = "told";
    this.#outputs.push({ kind: "drained" });
  }

  #perform(actions: readonly McuAction[]): void {
    for (const action of actions) {
      switch (action.kind) {
        case "probe":
          this.#wire.queueControl("probe", action.line);
          break;
        case "reopen":
          this.#outputs.push(action);
          break;
        case "report":
          this.#report(action.report);
          break;
        default:
          action satisfies never;
      }
    }
  }

  #drop(name: DropName, details: { processId?: string; detail?: string }): void {
    this.#report({ kind: "dropped", name, ...details });
  }

  #report(report: Report): void {
    this.#outputs.push({ kind: "report", report });
  }
}
