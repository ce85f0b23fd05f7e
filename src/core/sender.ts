import { wireTimeMs } from "../protocol/wire-time.ts";
import type { AskedProbe } from "./asked-probe.ts";
import type { ControlLines } from "./control-lines.ts";
import type { EchoFilter } from "./echo-filter.ts";
import { helloTimeMs } from "./hello-time.ts";
import type { InFlight, InFlightCommand, Sending } from "./in-flight.ts";
import { earliest, type Instant } from "./instant.ts";
import type { Liveness } from "./liveness.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { GatewayReason } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import type { Queue, QueuedRequest } from "./queue.ts";
import type { Request } from "./request.ts";
import type { Resend } from "./resend.ts";
import type { Responses } from "./responses.ts";
import type { Settlements } from "./settlements.ts";
import { silenceMs, type Wire } from "./wire.ts";

export type SenderOptions = Pick<CorrelatorOptions, "dialect" | "wireFormat" | "hasFlowControl">;

/** Those whom it asks what is to be written. */
export interface SenderParts {
  readonly wire: Wire;
  readonly control: ControlLines;
  readonly peer: Peer;
  readonly liveness: Liveness;
  readonly queue: Queue;
  readonly inFlight: InFlight;
  readonly echo: EchoFilter;
  readonly resend: Resend;
  readonly responses: Responses;
  readonly settlements: Settlements;
  readonly askedProbe: AskedProbe;
  readonly outbox: Outbox;
}

/**
 * What is written next, one write at a time: a control line, a command that is due again, or one for the first time,
 * unless it is too late or too long for that. Nobody else hands anything to the wire.
 */
export class Sender {
  readonly #parts: SenderParts;
  #options: SenderOptions;
  /** What a probe and its hello take on the wire. */
  #helloMs: number;
  /** Nothing is written before; undefined where nothing stands against it. */
  #holdWritesUntil: Instant | undefined;

  constructor(options: SenderOptions, parts: SenderParts) {
    this.#parts = parts;
    this.#options = options;
    this.#helloMs = helloTimeMs(options.wireFormat);
  }

  configure(options: SenderOptions): void {
    this.#options = options;
    this.#helloMs = helloTimeMs(options.wireFormat);
  }

  /** Says when the first byte will be written. */
  linkUp(now: Instant): Instant {
    const { wire, control } = this.#parts;
    const beginAt = wire.open(now);
    this.holdWritesUntil(beginAt);
    control.linkUp();
    return beginAt;
  }

  linkClosing(): void {
    this.#parts.wire.closing();
    this.#parts.control.clear();
  }

  linkDown(now: Instant): void {
    const { wire, control, peer } = this.#parts;
    wire.close(now, this.#options.hasFlowControl ? peer.answeredBytes : undefined);
    control.clear();
  }

  /** The port has taken what it was handed. */
  written(now: Instant): void {
    const { wire, inFlight } = this.#parts;
    const lateId = wire.written(now);
    if (lateId !== undefined) inFlight.takenLate(lateId, wire.freeAfter(0, now), now);
  }

  holdWritesUntil(until: Instant): void {
    this.#holdWritesUntil = Math.max(this.#holdWritesUntil ?? until, until);
  }

  /**
   * The position on the wire up to which all bytes had left when the MCU began to say a line of `byteCount` that has just
   * come. With flow control only what the MCU has answered is known to have left.
   */
  leftBefore(byteCount: number, now: Instant): number {
    const { wireFormat, hasFlowControl } = this.#options;
    const left = this.#parts.wire.leftBy(now - wireTimeMs(byteCount + 1, wireFormat));
    return hasFlowControl ? Math.min(left, this.#parts.peer.answeredBytes) : left;
  }

  /**
   * Nobody waits for the answer to a command any more: the MCU is told so. With flow control the driver may still hold the
   * command, until the MCU answers it or something written after it: then what the driver holds is thrown away, and a part
   * that the MCU has already is made useless.
   */
  givenUp({ request, handedBytes }: InFlightCommand): void {
    const { control, peer } = this.#parts;
    control.cancel(request.processId, peer);
    if (this.#options.hasFlowControl && handedBytes > peer.answeredBytes) control.discard();
  }

  /**
   * The MCU has restarted, as a line of `byteCount` says that has just come. Commands that the driver may still hold because of
   * flow control are thrown away: nobody waits for their answers, and without ids these would be taken for those to others.
   */
  restarted(byteCount: number, now: Instant): void {
    if (!this.#options.hasFlowControl) return;
    const { inFlight, control } = this.#parts;
    const leftBytes = this.leftBefore(byteCount, now);
    for (const { handedBytes } of inFlight.values()) if (handedBytes > leftBytes) control.discard();
  }

  /** When something can be written that waits for the clock, or the port has been silent for too long. */
  wakeAt(): Instant | undefined {
    const { wire, resend, inFlight } = this.#parts;
    // What is due to be written is written by the step that makes it possible: `written`, or the end of the hold.
    const canWrite = wire.isFree && this.#holdWritesUntil === undefined;
    const writeAt = canWrite ? earliest(resend.wakeAt(), inFlight.wakeAt()) : this.#holdWritesUntil;
    return earliest(wire.wakeAt(), writeAt);
  }

  /** The line of a request that waits, or arrives; undefined where none can carry it. */
  lineOf({ processId, payload }: Request): Buffer | undefined {
    return this.#options.dialect.command(processId, payload, this.#parts.peer.crc);
  }

  /** @param mayRepeat false while a line is handled: a later one of the same read may announce a restart. */
  writeNext(now: Instant, mayRepeat: boolean): void {
    if (this.#holdWritesUntil !== undefined && now < this.#holdWritesUntil) return;
    this.#holdWritesUntil = undefined;
    const { wire, control, resend } = this.#parts;
    if (!wire.isFree) return;
    if (mayRepeat && resend.asksForHello(this.#helloMs, now)) control.probe(true, now);
    if (this.#writeControl(now)) return;
    if (mayRepeat && this.#writeAgain(now)) return;
    this.#writeFirst(now);
  }

  #writeControl(now: Instant): boolean {
    const { control, peer, liveness, askedProbe } = this.#parts;
    const line = control.take();
    if (line === undefined) return false;
    const sending = this.#hand(line.bytes, undefined, now, line.kind === "discard");
    if (line.kind === "discard") this.holdWritesUntil(now + silenceMs);
    if (line.kind === "probe") {
      peer.probeWritten(sending.handedBytes, now);
      liveness.probeWritten(sending.transmittedAt);
      askedProbe.written(sending, now);
    }
    return true;
  }

  /** To an MCU that remembers; not for a caller who is gone, nor when no reply can come in time. */
  #writeAgain(now: Instant): boolean {
    const { wire, resend, responses, outbox, peer } = this.#parts;
    for (let command = resend.due(now); command !== undefined; command = resend.due(now)) {
      const { request, line } = command;
      const fits = line.length <= peer.lineBytesMax;
      if (fits && responses.isAwaited(request) && wire.isInTime(line, request, now)) {
        outbox.report({ kind: "command_resent", processId: request.processId });
        resend.resent(command, this.#hand(line, request.processId, now), peer.memory);
        return true;
      }
      command.resendAt = undefined;
    }
    return false;
  }

  #writeFirst(now: Instant): void {
    const { inFlight, resend, queue, liveness, peer, settlements } = this.#parts;
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
      settlements.fail(queued.request, reason, now);
    }
  }

  /** Why a request that has waited cannot be sent any more; its line is encoded again where checksums were switched on or off. */
  #obstacle(queued: QueuedRequest, now: Instant): GatewayReason | undefined {
    const { wire, peer, resend } = this.#parts;
    const { request } = queued;
    if (queued.crc !== peer.crc) {
      const line = this.lineOf(request);
      if (line === undefined) return "bad_payload";
      queued.line = line;
      queued.crc = peer.crc;
    }
    if (queued.line.length > peer.lineBytesMax) return "too_long";
    const isInTime = wire.isInTime(queued.line, request, now) && resend.isReplyInTime(request, now);
    return isInTime ? undefined : "queued_too_long";
  }

  #hand(bytes: Buffer, processId: string | undefined, now: Instant, discardsUnsent = false): Sending {
    const { wire, echo, outbox, peer } = this.#parts;
    if (discardsUnsent) wire.discarded(now);
    const handedBytes = wire.hand(bytes, processId, now);
    echo.written(bytes);
    outbox.add({ kind: "write", bytes, discardsUnsent });
    return { now, handedBytes, transmittedAt: wire.freeAfter(0, now), isTrial: peer.isDoubted };
  }
}
