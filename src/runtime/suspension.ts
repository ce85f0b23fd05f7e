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

/** A busy machine or a long collection of garbage delays a beat by tens of ms; more is a process that was suspended. */
const lateMs = 150;

/** The peers' time for what they could not send while nothing was read. */
const catchUpMs = 100;

/**
 * So much can wait in the kernel before a peer has to hold back: the least that Linux gives a connection is 128 KiB, what
 * it keeps around a packet included.
 */
const backlogBytesMax = 64 * 1024;

/** What the kernel may keep around a message that has a packet of its own. */
const overheadBytes = 1024;

/** What is needed of the event loop. */
export interface LoopFacts {
  readonly now: () => Instant;
  /**
   * How long it has waited in all, in ms. It waits only when there was nothing to read: libuv asks once without waiting
   * (`uv_metrics_idle_time`).
   */
  readonly idleMs: () => number;
}

export interface SuspensionDetector {
  /** To be asked often, and with each beat. */
  look(at: Instant): Suspension | undefined;
  /** A message was read. */
  read(byteCount: number): void;
}

/**
 * Notices that the process was suspended (SIGSTOP, a machine that slept, a starved core): what is read right after may
 * have waited for all that time, and its arrival was not seen. It did not come before the process last found that there
 * was nothing to read. So a suspension begins there, and is over as soon as there is nothing to read again; a process that
 * is run for a moment only now and then does its work in that moment.
 */
export function detectSuspension({ now, idleMs }: LoopFacts): SuspensionDetector {
  let lookedAt = now();
  let idleBefore = idleMs();
  /** All that had come before has been read. */
  let emptyAt = lookedAt;
  let current: { readonly since: Instant; readonly resumedAt: Instant } | undefined;
  let backlogBytes = 0;

  function look(at: Instant): Suspension | undefined {
    const idle = idleMs();
    // The loop began to wait after the last look, and has found nothing to read before that.
    if (idle > idleBefore) emptyAt = lookedAt;
    if (current !== undefined && isOver(current, at)) current = undefined;
    if (at - lookedAt > beatMs + lateMs) {
      // Some of what has piled up during an earlier one may still be unread.
      current = { since: current?.since ?? emptyAt, resumedAt: at };
      backlogBytes = 0;
    }
    lookedAt = at;
    idleBefore = idle;
    return current && { since: current.since, until: Math.max(caughtUpAt(current), at + 1) };
  }

  /** When the peers have sent what they held back. */
  function caughtUpAt({ resumedAt }: { readonly resumedAt: Instant }): Instant {
    return backlogBytes > backlogBytesMax ? resumedAt + catchUpMs : resumedAt;
  }

  function isOver(which: NonNullable<typeof current>, at: Instant): boolean {
    // What came in a time is read in as long at most: who is still busy then is flooded, and would never be told from one
    // that reads old things.
    return emptyAt >= caughtUpAt(which) || at - which.resumedAt >= Math.max(catchUpMs, which.resumedAt - which.since);
  }

  return {
    look,
    read(byteCount) {
      if (current !== undefined) backlogBytes += byteCount + overheadBytes;
    },
  };
}
