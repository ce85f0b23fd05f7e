import type { Instant } from "../core/instant.ts";

/**
 * The process was suspended: whatever is read may have arrived at any time after `since`, and nothing is to be written
 * before `until`, when it is looked again whether all that had come has been read.
 */
export interface Suspension {
  readonly since: Instant;
  readonly until: Instant;
}

/** Four times a second is nothing on a Pi. */
export const beatMs = 250;

/** A busy machine or a long garbage collection delays a beat by tens of ms. A longer delay means that the process was suspended. */
const lateMs = 150;

/** How long the peers may take to send what they had to hold back. */
const catchUpMs = 100;

/**
 * So much can wait in the kernel before a peer has to hold back. Linux gives a connection at least 128 KiB, which includes its
 * overhead for each packet.
 */
const backlogBytesMax = 64 * 1024;

/** The kernel's overhead for a message in a packet of its own. */
const overheadBytes = 1024;

/** What is needed of the event loop. */
export interface LoopFacts {
  readonly now: () => Instant;
  /**
   * How long the loop has waited in all, in ms. It waits only when there is nothing to read: libuv polls once without waiting first
   * (`uv_metrics_idle_time`).
   */
  readonly idleMs: () => number;
}

export interface SuspensionDetector {
  /** To be called often, at least with each beat. */
  look(at: Instant): Suspension | undefined;
  /** A message was read. */
  read(byteCount: number): void;
}

/**
 * Detects that the process was suspended (SIGSTOP, a machine that slept, a starved core). What is read right afterwards may have waited
 * all that time: when it arrived is not known. It arrived after the process last found nothing to read. So the suspension begins
 * there, and ends as soon as there is nothing to read again. A process that runs only for moments does its work in those moments.
 */
export function detectSuspension({ now, idleMs }: LoopFacts): SuspensionDetector {
  let lookedAt = now();
  let idleBefore = idleMs();
  /** All that had arrived before this has been read. */
  let emptyAt = lookedAt;
  let current: { readonly since: Instant; readonly resumedAt: Instant } | undefined;
  let backlogBytes = 0;

  function look(at: Instant): Suspension | undefined {
    // A request is looked for twice at one instant, and to ask libuv is dear.
    if (at === lookedAt && current === undefined) return undefined;
    const idle = idleMs();
    // The loop has waited since the last look, so it had found nothing to read before.
    if (idle > idleBefore) emptyAt = lookedAt;
    if (current !== undefined && isOver(current, at)) current = undefined;
    if (at - lookedAt > beatMs + lateMs) {
      // Some of the backlog of an earlier suspension may still be unread.
      current = { since: current?.since ?? emptyAt, resumedAt: at };
      backlogBytes = 0;
    }
    lookedAt = at;
    idleBefore = idle;
    return current && { since: current.since, until: Math.max(caughtUpAt(current), at + 1) };
  }

  /** When the peers have sent what they had held back. */
  function caughtUpAt({ resumedAt }: { readonly resumedAt: Instant }): Instant {
    return backlogBytes > backlogBytesMax ? resumedAt + catchUpMs : resumedAt;
  }

  function isOver(which: NonNullable<typeof current>, at: Instant): boolean {
    // Reading a backlog takes at most as long as it took to arrive. A process that is still busy then is flooded, and would
    // otherwise count as reading a backlog for ever.
    return emptyAt >= caughtUpAt(which) || at - which.resumedAt >= Math.max(catchUpMs, which.resumedAt - which.since);
  }

  return {
    look,
    read(byteCount) {
      if (current !== undefined) backlogBytes += byteCount + overheadBytes;
    },
  };
}
