import type { Dialect } from "../protocol/dialect.ts";
import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";
import type { EchoFilter } from "./echo-filter.ts";
import { helloTimeMs } from "./hello-time.ts";
import type { InFlight, InFlightCommand, Sending } from "./in-flight.ts";
import { earliest, type Instant } from "./instant.ts";
import type { Liveness } from "./liveness.ts";
import type { Outbox } from "./outbox.ts";
import type { GatewayReason } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import type { Queue, QueuedRequest } from "./queue.ts";
import type { Request } from "./request.ts";
import type { Resend } from "./resend.ts";
import type { Responses } from "./responses.ts";
import { silenceMs, Wire } from "./wire.ts";

export interface SenderOptions {
  readonly wire: WireFormat;
  /** A write that the port has not taken by then will not be taken any more. */
  readonly writeTimeoutMs: number;
  /** Whether the MCU may hold writes up (RTS and CTS, XON and XOFF): for as long as a request has, that is no stall. */
  readonly hasFlowControl: boolean;
  /** From a request's arrival until its response must be published. */
  readonly deadlineMs: number;
  readonly dialect: Dialect;
}

/** Those whom it asks what is to be written. */
export interface SenderParts {
  readonly peer: Peer;
  readonly liveness: Liveness;
  readonly queue: Queue;
  readonly inFlight: InFlight;
  readonly echo: EchoFilter;
  readonly resend: Resend;
  readonly responses: Responses;
  readonly outbox: Outbox;
  /** Settles a request that waits. */
  readonly fail: (request: Request, reason: GatewayReason, now: Instant) => void;
}

/**
 * What is written next, one write at a time: a probe or a cancel, a command that is due again, or one for the first
 * time, unless it is too late or too long for that.
 */
export class Sender {
  readonly #parts: SenderParts;
  readonly #wire: Wire;
  #options: SenderOptions;
  /** What a probe and its hello take on the wire. */
  #helloMs: number;
  /** Nothing is written before; undefined where nothing stands against it. */
  #holdWritesUntil: Instant | undefined;

  constructor(options: SenderOptions, parts: SenderParts) {
    this.#parts = parts;
    this.#options = options;
    this.#wire = new Wire(options.wire, takingMs(options));
    this.#helloMs = helloTimeMs(options.wire);
  }

  configure(options: SenderOptions): void {
    this.#options = options;
    this.#wire.configure(options.wire, takingMs(options));
    this.#helloMs = helloTimeMs(options.wire);
  }

  get #dialect(): Dialect {
    return this.#options.dialect;
  }

  /** Says when the first byte will be written. */
  linkUp(now: Instant): Instant {
    const beginAt = this.#wire.open(now);
    this.holdWritesUntil(beginAt);
    if (this.#dialect.probe === undefined) this.#wire.queueControl("opening", this.#dialect.opening);
    return beginAt;
  }

  linkClosing(): void {
    this.#wire.closing();
  }

  linkDown(now: Instant): void {
    this.#wire.close(now, this.#options.hasFlowControl ? this.#parts.peer.answeredBytes : undefined);
  }

  written(now: Instant): void {
    const processId = this.#wire.written(now);
    if (processId !== undefined) this.#parts.inFlight.takenLate(processId, this.#wire.freeAfter(0, now), now);
  }

  /** A command was given up: if the port has not taken it yet, it may do so later. */
  abandoned({ request }: InFlightCommand): void {
    this.#wire.abandoned(request.processId);
  }

  holdWritesUntil(until: Instant): void {
    this.#holdWritesUntil = Math.max(this.#holdWritesUntil ?? until, until);
  }

  probe(resync: boolean): void {
    this.#wire.queueControl("probe", this.#dialect.probe?.(resync));
  }

  /**
   * The position on the wire of what had left before the MCU began to say a line of `byteCount` that has just come: where it
   * can hold back what the port has taken, only what it has answered.
   */
  leftBefore(byteCount: number, now: Instant): number {
    const { wire, hasFlowControl } = this.#options;
    const left = this.#wire.leftBy(now - wireTimeMs(byteCount + 1, wire));
    return hasFlowControl ? Math.min(left, this.#parts.peer.answeredBytes) : left;
  }

  /**
   * Nobody waits for the answer to a command any more: the MCU is told so. Where flow control may still hold it, which only an
   * answer to it or to what was written after it disproves, it is thrown away in the driver, and what of it is in the MCU is
   * spoilt.
   */
  givenUp({ request: { processId }, handedBytes }: InFlightCommand): void {
    this.#wire.queueControl("cancel", this.#dialect.cancel(processId, this.#parts.peer));
    if (this.#options.hasFlowControl && handedBytes > this.#parts.peer.answeredBytes) this.#discard();
  }

  /**
   * The MCU has restarted, as a line of `byteCount` says that has just come. What flow control may still hold for it nobody
   * awaits any more, and where answers have no id they would be taken for others'.
   */
  restarted(byteCount: number, now: Instant): void {
    const leftBytes = this.leftBefore(byteCount, now);
    for (const { handedBytes } of this.#parts.inFlight.values()) {
      if (this.#options.hasFlowControl && handedBytes > leftBytes) this.#discard();
    }
  }

  #discard(): void {
    const { probe, opening } = this.#dialect;
    this.#wire.queueDiscard(probe === undefined ? "opening" : "probe", probe?.(true) ?? opening);
  }

  /** Whether the port takes no bytes, and has been given up. */
  get isStalled(): boolean {
    return this.#wire.isStalled;
  }

  isWriting(processId: string): boolean {
    return this.#wire.isWriting(processId);
  }

  /** Says, once for each write, that the port has not taken it in time. */
  stalled(now: Instant): { readonly processId: string | undefined } | undefined {
    return this.#wire.stalled(now);
  }

  /** A reply has come to a command that was sent once. */
  arrived({ handedBytes }: InFlightCommand, now: Instant): void {
    this.#wire.arrived(handedBytes, now);
  }

  /** When something can be written that waits for the clock, or the port has been silent for too long. */
  wakeAt(): Instant | undefined {
    const { resend, inFlight } = this.#parts;
    // What is due to be written is written by the step that makes it possible: `written`, or the end of the hold.
    const canWrite = this.#wire.isFree && this.#holdWritesUntil === undefined;
    const writeAt = canWrite ? earliest(resend.wakeAt(), inFlight.wakeAt()) : this.#holdWritesUntil;
    return earliest(this.#wire.wakeAt(), writeAt);
  }

  /** The line of a request that waits, or arrives; undefined where none can carry it. */
  lineOf({ processId, payload }: Request): Buffer | undefined {
    return this.#dialect.command(processId, payload, this.#parts.peer.crc);
  }

  /** Whether a request's line fits its deadline at all, on a wire that has nothing else to do. */
  canBeInTime(line: Buffer, request: Request): boolean {
    return this.#wire.canBeInTime(line, request);
  }

  /** @param mayRepeat false while a line is handled: a later one of the same read may announce a restart. */
  writeNext(now: Instant, mayRepeat: boolean): void {
    if (this.#holdWritesUntil !== undefined && now < this.#holdWritesUntil) return;
    this.#holdWritesUntil = undefined;
    if (!this.#wire.isFree) return;
    const { liveness, resend } = this.#parts;
    if (mayRepeat && resend.asksForHello(this.#helloMs, now)) liveness.askBoot(now);
    if (this.#writeControl(now)) return;
    if (mayRepeat && this.#writeAgain(now)) return;
    this.#writeFirst(now);
  }

  #writeControl(now: Instant): boolean {
    const control = this.#wire.takeControl();
    if (control === undefined) return false;
    const { handedBytes, transmittedAt } = this.#hand(control.line, undefined, now, control.discardsUnsent);
    if (control.kind === "discard") this.holdWritesUntil(now + silenceMs);
    if (control.kind !== "probe") return true;
    this.#parts.peer.probeWritten(handedBytes, now);
    this.#parts.liveness.probeWritten(transmittedAt);
    return true;
  }

  /** To an MCU that remembers; not for a caller who is gone, nor when no reply can come in time. */
  #writeAgain(now: Instant): boolean {
    const { resend, responses, outbox, peer } = this.#parts;
    for (let command = resend.due(now); command !== undefined; command = resend.due(now)) {
      const { request, line } = command;
      const fits = line.length <= peer.lineBytesMax;
      if (fits && responses.isAwaited(request) && this.#wire.isInTime(line, request, now)) {
        outbox.report({ kind: "command_resent", processId: request.processId });
        resend.resent(command, this.#hand(line, request.processId, now), peer.memory);
        return true;
      }
      command.resendAt = undefined;
    }
    return false;
  }

  #writeFirst(now: Instant): void {
    const { inFlight, resend, queue, liveness, peer, fail } = this.#parts;
    if (inFlight.holdsWrites(now) || !resend.hasRoom(peer.memory)) return;
    for (const queued of queue.values()) {
      if (!liveness.takesCommands(inFlight.size, now)) return;
      const reason = this.#obstacle(queued, now);
      if (reason === undefined) {
        queue.remove(queued.request);
        const sending = this.#hand(queued.line, queued.request.processId, now);
        resend.sent(inFlight.add(queued, sending), peer.memory);
        liveness.commandWritten(now);
        return;
      }
      fail(queued.request, reason, now);
    }
  }

  /** Why a request that has waited cannot be sent any more; its line is made anew where the MCU wants it otherwise now. */
  #obstacle(queued: QueuedRequest, now: Instant): GatewayReason | undefined {
    const { peer, resend } = this.#parts;
    const { request } = queued;
    if (queued.crc !== peer.crc) {
      const line = this.lineOf(request);
      if (line === undefined) return "bad_payload";
      queued.line = line;
      queued.crc = peer.crc;
    }
    if (queued.line.length > peer.lineBytesMax) return "too_long";
    const isInTime = this.#wire.isInTime(queued.line, request, now) && resend.isReplyInTime(request, now);
    return isInTime ? undefined : "queued_too_long";
  }

  #hand(line: Buffer, processId: string | undefined, now: Instant, discardsUnsent = false): Sending {
    if (discardsUnsent) this.#wire.discarded(now);
    const handedBytes = this.#wire.hand(line, processId, now);
    this.#parts.echo.written(line);
    this.#parts.outbox.add({ kind: "write", bytes: line, discardsUnsent });
    return { now, handedBytes, transmittedAt: this.#wire.freeAfter(0, now), isTrial: this.#parts.peer.isDoubted };
  }
}

/** How long the port may take to take a write. */
function takingMs({ writeTimeoutMs, deadlineMs, hasFlowControl }: SenderOptions): number {
  return hasFlowControl ? Math.max(writeTimeoutMs, deadlineMs) : writeTimeoutMs;
}
