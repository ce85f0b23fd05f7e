import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";
import type { Instant } from "./instant.ts";
import type { CorrelatorOptions } from "./options.ts";
import { type Request, settleBy } from "./request.ts";

/** `<` and LF: a reply without payload adds its id to these. */
const emptyReplyBytes = 2;

/** An MCU drops a half line after 500 ms without a byte; timers are late, and clocks differ (line protocol, "Half lines"). */
export const silenceMs = 600;

/** Bytes leave later than the baud rate says: by the frames of USB, and by what an adapter gathers before it sends. */
const adapterMs = 50;

export type WireOptions = Pick<CorrelatorOptions, "wireFormat" | "writeTimeoutMs" | "hasFlowControl" | "deadlineMs">;

/** A write that the port was handed and has not taken. */
interface Write {
  /** Undefined once it was given up. */
  readonly giveUpAt: Instant | undefined;
  /** The request whose command it is; undefined where it is none. */
  readonly processId: string | undefined;
  readonly byteCount: number;
  /** Nobody waits for its answer any more; it may go out all the same. */
  readonly isAbandoned: boolean;
}

/**
 * The gateway's side of the wire: what is being handed to the port, and when its last byte will have left. One write
 * at a time; nothing is kept for a port that is not open.
 */
export class Wire {
  #format: WireFormat;
  /** How long the port may need to take a write. */
  #takeMsMax: number;
  #isOpen = false;
  #write: Write | undefined;
  #freeAt: Instant = Number.NEGATIVE_INFINITY;
  /** When the last byte has left, also where the port began only when it said that it had taken the write. */
  #leftAt: Instant = Number.NEGATIVE_INFINITY;
  #handedBytes = 0;
  /** The last write of an opening may have ended amid a line, and nothing was written since. */
  #wasCut = false;

  constructor(options: WireOptions) {
    this.#format = options.wireFormat;
    this.#takeMsMax = takeMsMax(options);
  }

  /** For writes from now on. */
  configure(options: WireOptions): void {
    this.#format = options.wireFormat;
    this.#takeMsMax = takeMsMax(options);
  }

  /**
   * Says when the first byte may be written: at once, or, where the last opening may have left the MCU with half a line,
   * once it has dropped that.
   */
  open(now: Instant): Instant {
    this.#isOpen = true;
    return this.#wasCut ? now + silenceMs : now;
  }

  /** Takes nothing more; what was handed over is still on its way, and its answer may still come. */
  closing(): void {
    this.#isOpen = false;
  }

  /** @param answeredBytes the position on the wire up to which all has left for certain, where the MCU can hold it back. */
  close(now: Instant, answeredBytes: number | undefined): void {
    const mayBeHeld = answeredBytes !== undefined && answeredBytes < this.#handedBytes;
    const isCut = this.#write !== undefined || now < this.#leftAt + adapterMs || mayBeHeld;
    if (isCut) this.#wasCut = true;
    this.#isOpen = false;
    this.#write = undefined;
    this.#freeAt = Number.NEGATIVE_INFINITY;
    this.#leftAt = Number.NEGATIVE_INFINITY;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the port has been given up: it takes nothing before it is closed and opened again. */
  get isStalled(): boolean {
    return this.#write !== undefined && this.#write.giveUpAt === undefined;
  }

  /** Whether the port can be handed bytes now. */
  get isFree(): boolean {
    return this.#isOpen && this.#write === undefined;
  }

  /** The position on the wire up to which all had left by `at`; what the port has not taken yet has not. */
  leftBy(at: Instant): number {
    const underWayMs = Math.max(0, this.#leftAt - at);
    const underWayBytes = Math.ceil(underWayMs / wireTimeMs(1, this.#format));
    return this.#handedBytes - Math.max(underWayBytes, this.#write?.byteCount ?? 0);
  }

  /** What the driver held was thrown away. */
  discarded(now: Instant): void {
    this.#freeAt = now;
    this.#leftAt = now;
  }

  /**
   * @param processId the request whose command it is; undefined for a probe or a cancel.
   * @returns how many bytes were handed over up to the end of this line, for `arrived`.
   */
  hand(line: Buffer, processId: string | undefined, now: Instant): number {
    this.#freeAt = this.freeAfter(line.length, now);
    this.#leftAt = Math.max(this.#leftAt, this.#freeAt);
    this.#write = {
      giveUpAt: this.#freeAt + this.#takeMsMax,
      processId,
      byteCount: line.length,
      isAbandoned: false,
    };
    this.#handedBytes += line.length;
    this.#wasCut = false;
    return this.#handedBytes;
  }

  /**
   * A reply proves that its command has arrived: only what was handed over behind it can still be on the wire. A port
   * may be faster than the baud rate that it was given: that of an MCU's own USB means nothing.
   */
  arrived(handedBytes: number, now: Instant): void {
    const leftAt = now + wireTimeMs(this.#handedBytes - handedBytes, this.#format);
    this.#freeAt = Math.min(this.#freeAt, leftAt);
    this.#leftAt = Math.min(this.#leftAt, leftAt);
  }

  /**
   * The port has taken all bytes that it was handed: where something has held it back, they begin to leave only now.
   * @returns whose command they are, where that was given up meanwhile
   */
  written(now: Instant): string | undefined {
    const write = this.#write;
    if (write === undefined) return undefined;
    const leftAt = now + wireTimeMs(write.byteCount, this.#format);
    this.#leftAt = Math.max(this.#leftAt, leftAt);
    if (now > this.#freeAt + adapterMs) this.#freeAt = leftAt;
    this.#write = undefined;
    return write.isAbandoned ? write.processId : undefined;
  }

  /** A command was given up. */
  abandoned(processId: string): void {
    if (this.#write?.processId === processId) this.#write = { ...this.#write, isAbandoned: true };
  }

  isWriting(processId: string): boolean {
    return this.#write?.processId === processId;
  }

  /**
   * Says, once for each write, that the port has not taken it in time; no other follows before `close`, since those
   * bytes cannot be taken back.
   */
  stalled(now: Instant): { readonly processId: string | undefined } | undefined {
    if (this.#write?.giveUpAt === undefined || now < this.#write.giveUpAt) return undefined;
    this.#write = { ...this.#write, giveUpAt: undefined };
    return { processId: this.#write.processId };
  }

  wakeAt(): Instant | undefined {
    return this.#write?.giveUpAt;
  }

  /** Whether what is left of a request's deadline covers its command's time on the wire and the shortest reply's. */
  isInTime(line: Buffer, request: Request, now: Instant): boolean {
    return this.freeAfter(line.length + request.processId.length + emptyReplyBytes, now) <= settleBy(request);
  }

  /** Whether a request's deadline, when it arrives, covers the same. */
  canBeInTime(line: Buffer, request: Request): boolean {
    const wireMs = wireTimeMs(line.length + request.processId.length + emptyReplyBytes, this.#format);
    return request.arrivedAt + wireMs <= settleBy(request);
  }

  /** When a line of `byteCount` that is handed over now has left the port. */
  freeAfter(byteCount: number, now: Instant): Instant {
    return Math.max(this.#freeAt, now) + wireTimeMs(byteCount, this.#format);
  }
}

function takeMsMax({ writeTimeoutMs, deadlineMs, hasFlowControl }: WireOptions): number {
  return hasFlowControl ? Math.max(writeTimeoutMs, deadlineMs) : writeTimeoutMs;
}
