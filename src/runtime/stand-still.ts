import type { Instant } from "../core/instant.ts";
import type { StandStill } from "../ports.ts";

/** Twice a second is nothing on a Pi, and what arrived between two beats is at most that old. */
const beatMs = 500;

/** A busy machine or a long collection of garbage delays a beat by tens of ms; more is a process that stood still. */
const lateMs = 250;

/** Time enough to read what has piled up in the kernel's buffers. */
const catchUpMs = 100;

/**
 * Notices that the process has stood still (SIGSTOP, a suspended machine, a starved core): what is read right after
 * may have waited for all that time, and its arrival was not seen.
 */
export function watchStandStill(now: () => Instant): (at: Instant) => StandStill | undefined {
  let lastBeat = now();
  let current: StandStill | undefined;

  function observe(at: Instant): StandStill | undefined {
    if (at - lastBeat > beatMs + lateMs && (current === undefined || current.since < lastBeat)) {
      current = { since: lastBeat, until: at + catchUpMs };
    }
    return current !== undefined && at < current.until ? current : undefined;
  }

  setInterval(() => {
    const at = now();
    observe(at);
    lastBeat = at;
  }, beatMs).unref();
  return observe;
}
