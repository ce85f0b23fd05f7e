import type { Instant } from "../core/instant.ts";
import type { StandStill } from "../ports.ts";

/** Twice a second is nothing on a Pi, and what arrived between two beats is at most that old. */
const beatMs = 500;

/** A busy machine or a long collection of garbage delays a beat by tens of ms; more is a process that stood still. */
const lateMs = 250;

/** Time enough for what the peers could not send while nothing was read. */
const catchUpMs = 100;

/** A turn of the event loop that has nothing to read takes less, one that reads a buffer full of requests takes more. */
const restMs = 2;

/**
 * Notices that the process has stood still (SIGSTOP, a suspended machine, a starved core): what is read right after
 * may have waited for all that time, and its arrival was not seen. That is over when there is nothing more to read, not
 * after a fixed time: a thousand requests that have piled up take longer than one would allow for. But what came in a time
 * is read in as long at most; a process that is still busy then is flooded, and would never be told from one that reads
 * old things.
 */
export function watchStandStill(now: () => Instant): (at: Instant) => StandStill | undefined {
  let lastBeat = now();
  /** The last one that a stand-still has followed on. */
  let beatBefore: Instant | undefined;
  let current: StandStill | undefined;

  function observe(at: Instant): StandStill | undefined {
    if (at - lastBeat > beatMs + lateMs && lastBeat !== beatBefore) begin(at);
    return current && { since: current.since, until: Math.max(current.until, at + 1) };
  }

  function begin(at: Instant): void {
    beatBefore = lastBeat;
    // Some of what has piled up during an earlier one may still be unread.
    const begun = { since: current?.since ?? lastBeat, until: at + catchUpMs };
    current = begun;
    setTimeout(() => endAtRest(begun, now()), catchUpMs).unref();
  }

  /** A turn of the event loop lies before each look at the time. */
  function endAtRest(which: StandStill, turnedAt: Instant): void {
    setImmediate(() => {
      const at = now();
      if (current !== which) return;
      lastBeat = at;
      const hasRest = at - turnedAt < restMs;
      const readSince = which.until - catchUpMs;
      if (hasRest || at - readSince >= readSince - which.since) current = undefined;
      else endAtRest(which, at);
    });
  }

  setInterval(() => {
    const at = now();
    observe(at);
    lastBeat = at;
  }, beatMs).unref();
  return observe;
}
