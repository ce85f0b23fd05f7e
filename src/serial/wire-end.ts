import { type WireFormat, wireTimeMs } from "../protocol/wire-time.ts";

/** When what was written has left, as far as that can be known: the kernel says only when it has taken it. */
export interface WireEnd {
  /** The kernel has been handed so many bytes. */
  begun(byteCount: number): void;
  /** It has taken them. */
  taken(now: number): void;
  /** The driver's buffer was thrown away. */
  flushed(): void;
  /** How long to wait at most before the port is closed, in milliseconds; 0 if nothing can be on its way. */
  leftMs(now: number): number;
  /** Whether something may be left that the peer's flow control holds, for which close(2) would wait. */
  mayBeHeld(): boolean;
}

/** An adapter holds a byte back for up to 16 ms, and a UART's clock may be 3 % slow: 8 ms of a long line at 9600 baud. */
const slackMs = 100;

/** A peer that holds us up for a moment lets go within this. */
const heldSlackMs = 500;

/** What a Linux UART's driver holds at most: a page, which is 4 KB or, on a Raspberry Pi 5, 16 KB. */
const driverBytesMax = 16_384;

/** Nothing is worth more: no request lives longer than the longest cutoff. */
export const closingLimitMs = 10_000;

export function createWireEnd(format: WireFormat, hasFlowControl: boolean): WireEnd {
  /** The bytes of a write that the kernel has not taken yet. */
  let pendingBytes = 0;
  let dryAt = Number.NEGATIVE_INFINITY;

  return {
    begun(byteCount) {
      pendingBytes = byteCount;
    },
    taken(now) {
      const driverFullMs = wireTimeMs(driverBytesMax, format);
      dryAt = Math.min(Math.max(dryAt, now) + wireTimeMs(pendingBytes, format), now + driverFullMs);
      pendingBytes = 0;
    },
    flushed() {
      dryAt = Number.NEGATIVE_INFINITY;
    },
    leftMs(now) {
      const slack = hasFlowControl || pendingBytes > 0 ? heldSlackMs : slackMs;
      const pendingMs = wireTimeMs(Math.min(pendingBytes, driverBytesMax), format);
      const end = pendingBytes === 0 ? dryAt : Math.max(dryAt, now) + pendingMs;
      return Math.min(closingLimitMs, Math.max(0, end + slack - now));
    },
    mayBeHeld: () => hasFlowControl || pendingBytes > 0,
  };
}
