import { Admission, type Arrival } from "./admission.ts";
import { AskedProbe } from "./asked-probe.ts";
import { Conflicts } from "./conflicts.ts";
import { ControlLines } from "./control-lines.ts";
import { Drain } from "./drain.ts";
import { EchoFilter } from "./echo-filter.ts";
import { Evidence } from "./evidence.ts";
import { InFlight } from "./in-flight.ts";
import type { Input } from "./input.ts";
import { earliest, type Instant } from "./instant.ts";
import { Liveness } from "./liveness.ts";
import type { CorrelatorOptions } from "./options.ts";
import { Outbox } from "./outbox.ts";
import type { Output } from "./output.ts";
import { Peer } from "./peer.ts";
import type { McuState } from "./phase.ts";
import type { UnsentProbeReason } from "./probe-result.ts";
import { Queue } from "./queue.ts";
import { Receiver } from "./receiver.ts";
import { deadlineGuardMs, settleBy } from "./request.ts";
import { Resend } from "./resend.ts";
import { Responses } from "./responses.ts";
import { Sender } from "./sender.ts";
import { Settlements } from "./settlements.ts";
import { Waits } from "./waits.ts";
import { Wire } from "./wire.ts";

/**
 * The request state machine of one board: requests and lines in, responses and lines out, nothing else. Every request waits,
 * is in flight, or has been settled; a settled one has had its one response. No timer and no promise: `wakeAt` says when
 * the next `alarm` is due, and the clock that comes with each input decides.
 */
export class Correlator {
  readonly #outbox = new Outbox();
  readonly #queue = new Queue();
  readonly #wire: Wire;
  readonly #control: ControlLines;
  readonly #peer: Peer;
  readonly #waits: Waits;
  readonly #responses: Responses;
  readonly #inFlight: InFlight;
  readonly #evidence = new Evidence();
  readonly #echo: EchoFilter;
  readonly #liveness: Liveness;
  readonly #settlements: Settlements;
  readonly #sender: Sender;
  readonly #receiver: Receiver;
  readonly #admission: Admission;
  readonly #drain = new Drain();
  readonly #askedProbe: AskedProbe;
  #releasedAt: Instant | undefined;

  constructor(options: CorrelatorOptions) {
    const outbox = this.#outbox;
    const queue = this.#queue;
    const wire = new Wire(options);
    const control = new ControlLines(options, wire);
    const peer = new Peer(options);
    const waits = new Waits(options);
    const responses = new Responses(options);
    const inFlight = new InFlight(options, outbox);
    const conflicts = new Conflicts();
    const echo = new EchoFilter(options, inFlight, outbox);
    const liveness = new Liveness(options, { evidence: this.#evidence, peer, waits, control, inFlight, outbox });
    const settlements = new Settlements(options, { peer, queue, inFlight, wire, responses, conflicts, outbox });
    const askedProbe = new AskedProbe(waits, outbox);
    const settling = { queue, inFlight, conflicts, responses, settlements };
    const parts = { ...settling, wire, control, peer, liveness, echo, askedProbe, outbox };
    const resend = new Resend(inFlight);
    const sender = new Sender(options, { ...parts, resend });
    this.#wire = wire;
    this.#control = control;
    this.#peer = peer;
    this.#waits = waits;
    this.#responses = responses;
    this.#inFlight = inFlight;
    this.#echo = echo;
    this.#liveness = liveness;
    this.#settlements = settlements;
    this.#sender = sender;
    this.#receiver = new Receiver(options, { ...parts, waits, resend, sender });
    this.#admission = new Admission(options, { ...parts, sender });
    this.#askedProbe = askedProbe;
  }

  /** Takes one input and says all that follows from it. `now` never goes back. */
  step(input: Input, now: Instant): readonly Output[] {
    this.#take(input, now);
    // What has just been read follows: it may be the answer to what is overdue by now.
    if (input.kind === "resumed") return this.#outbox.take();
    this.#expire(now);
    this.#liveness.tick(now);
    this.#askedProbe.tick(now);
    this.#admission.refuseWaiting(now);
    // Do not repeat a command while handling a line: a later line of the same read may announce a restart.
    this.#sender.writeNext(now, input.kind !== "line");
    if (this.#drain.isOver(this.#queue, this.#inFlight, this.#responses)) this.#outbox.add({ kind: "drained" });
    return this.#outbox.take();
  }

  /** When the next `alarm` is due; undefined while nothing waits for the clock. */
  wakeAt(): Instant | undefined {
    const deadline = this.firstDeadline();
    const settleAt = deadline === undefined ? undefined : deadline - deadlineGuardMs;
    return earliest(settleAt, this.#sender.wakeAt(), this.#liveness.wakeAt(), this.#askedProbe.wakeAt());
  }

  /** The earliest deadline of an open request. */
  firstDeadline(): Instant | undefined {
    return earliest(this.#queue.firstDeadline(), this.#inFlight.firstDeadline());
  }

  /** Whether a request of the hub is open: what the hub waits for does not wait for those of this machine, which may never pause. */
  get hasHubRequest(): boolean {
    for (const { request } of this.#queue.values()) if (request.source === undefined) return true;
    for (const { request } of this.#inFlight.values()) if (request.source === undefined) return true;
    return false;
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
        this.#settlements.endSession();
        break;
      case "link_up":
        this.#echo.linkChanged();
        this.#inFlight.linkUp(now);
        this.#liveness.linkUp(this.#sender.linkUp(now));
        break;
      case "link_closing":
        this.#sender.linkClosing();
        this.#askedProbe.linkClosing();
        break;
      case "link_down":
        this.#sender.linkDown(now);
        this.#inFlight.linkDown();
        this.#echo.linkChanged();
        this.#receiver.linkDown();
        if (this.#liveness.linkDown(this.#admission.isReleased)) this.#peer.linkDown();
        this.#settlements.abandonAll("link_lost", now);
        this.#askedProbe.linkDown(now);
        break;
      case "link_kept":
        this.#liveness.linkKept(this.#wire.isStalled);
        break;
      case "line":
        this.#receiver.line(input.bytes, now);
        break;
      case "overlong":
        this.#receiver.overlong(input.head, input.byteCount, now);
        break;
      case "written":
        this.#sender.written(now);
        this.#liveness.written();
        break;
      case "alarm":
        break;
      case "resumed":
        this.#sender.holdWritesUntil(input.until);
        break;
      case "configure":
        this.#configure(input.options, now);
        break;
      case "drain":
        this.#drain.begin();
        this.#admission.close("stopping", now);
        break;
      case "release":
        this.#release(now);
        break;
      case "take_back":
        this.#takeBack(now);
        break;
      case "probe":
        if (this.#askedProbe.ask(this.#probeObstacle())) this.#control.probe(false, now);
        break;
      case "probe_written":
        // Where it stands among the commands nobody knows: its hello proves nothing of them.
        this.#peer.probeWritten(0, now);
        break;
      default:
        input satisfies never;
    }
  }

  #probeObstacle(): UnsentProbeReason | undefined {
    if (!this.#control.knowsProbes) return "no_probe";
    if (this.#admission.isReleased) return "released";
    if (!this.#wire.isOpen) return "link_down";
    return this.#wire.isStalled ? "write_stalled" : undefined;
  }

  /** What is in flight is still answered; then the port is closed. */
  #release(now: Instant): void {
    if (this.#releasedAt !== undefined) return;
    this.#releasedAt = now;
    this.#admission.close("released", now);
    if (!this.#wire.isOpen && this.#liveness.linkDown(true)) this.#peer.linkDown();
    this.#outbox.report({ kind: "board_released" });
  }

  #takeBack(now: Instant): void {
    if (this.#releasedAt === undefined) return;
    this.#admission.reopen();
    this.#outbox.report({ kind: "board_taken_back", releasedMs: now - this.#releasedAt });
    this.#releasedAt = undefined;
    // Else nobody has had it.
    if (this.#wire.isOpen) return;
    this.#inFlight.usedByOthers();
    this.#evidence.clear();
  }

  /** What is open stays so, each request with its deadline; and what is remembered of past requests stays true. */
  #configure(options: CorrelatorOptions, now: Instant): void {
    this.#wire.configure(options);
    this.#control.configure(options);
    this.#peer.configure(options);
    this.#waits.configure(options);
    this.#responses.configure(options);
    this.#inFlight.configure(options);
    this.#echo.configure(options);
    this.#liveness.configure(options);
    this.#settlements.configure(options);
    this.#sender.configure(options);
    this.#receiver.configure(options);
    this.#admission.configure(options, now);
  }

  #request(arrival: Arrival, now: Instant): void {
    const { processId, payload } = arrival;
    const open = (this.#queue.get(processId) ?? this.#inFlight.get(processId))?.request;
    // The repetition of what is overdue has a deadline of its own.
    if (open !== undefined && open.deadline < now && open.payload.equals(payload)) this.#expire(now);
    this.#admission.take(arrival, now);
  }

  /** Settles what the clock has decided. */
  #expire(now: Instant): void {
    this.#abandonStalledWrite(now);
    for (const request of this.#queue.expired(now)) this.#settlements.fail(request, "queued_too_long", now);
    for (const command of this.#inFlight.values()) {
      if (settleBy(command.request) > now) continue;
      // What was tried without knowing the MCU says nothing of it once it is known.
      if (!command.isTrial || this.#peer.isDoubted) this.#liveness.commandUnanswered(now - command.sentAt, now);
      this.#sender.givenUp(command);
      this.#echo.unanswered(command);
      const isWriting = this.#wire.isWriting(command.request.processId);
      this.#settlements.abandon(command, isWriting ? "write_stalled" : "no_reply", now);
    }
  }

  #abandonStalledWrite(now: Instant): void {
    const stalled = this.#wire.stalled(now);
    if (stalled === undefined) return;
    const command = this.#inFlight.get(stalled.processId ?? "");
    if (command !== undefined) {
      this.#sender.givenUp(command);
      this.#settlements.abandon(command, "write_stalled", now);
    }
    this.#outbox.report({ kind: "write_stalled" });
    this.#askedProbe.writeStalled();
    this.#liveness.writeStalled(now);
  }
}
