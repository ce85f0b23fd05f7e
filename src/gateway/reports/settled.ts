import type { Reason } from "../../core/outcome.ts";
import type { Incident } from "../../runtime/logger.ts";
import { printable } from "../../runtime/text.ts";
import { alsoMeasuring, type ReportEntry, type ReportOf } from "./entry.ts";
import type { Meter } from "./meter.ts";

type Settled = ReportOf<"settled">;

/** Every outcome of a request. */
export const settled: Readonly<Record<"ok" | Reason, ReportEntry<Settled>>> = {
  ok: { ...alsoMeasuring(settledBecause("callers"), measureAnswer), level: () => "debug", beginsIncident: false },
  // A request that can never become a command, or that the MCU refuses, says nothing about hub, port or MCU.
  bad_process_id: { ...settledBecause("callers"), beginsIncident: false },
  bad_payload: { ...settledBecause("callers"), beginsIncident: false },
  too_long: { ...settledBecause("callers"), beginsIncident: false },
  not_allowed: { ...settledBecause("callers"), beginsIncident: false },
  refused: { ...alsoMeasuring(settledBecause("board"), measureAnswer), beginsIncident: false },
  // A queue is full because the board is slow.
  queue_full: settledBecause("board"),
  serial_down: settledBecause("board"),
  mcu_stalled: settledBecause("board"),
  id_held: settledBecause("callers"),
  // It was asked for, by somebody whom the log names.
  released: { ...settledBecause("callers"), beginsIncident: false },
  stopping: settledBecause("callers"),
  queued_too_long: settledBecause("board"),
  no_reply: settledBecause("board"),
  write_stalled: settledBecause("board"),
  link_lost: settledBecause("board"),
  mcu_reset: settledBecause("board"),
  unsupported_version: settledBecause("board"),
  reply_too_large: settledBecause("board"),
};

/** @param incident what causes it as a rule that a request ends so */
function settledBecause(incident: Incident): ReportEntry<Settled> {
  return {
    level: () => "warn",
    text: textOf,
    key: ({ source, outcome }) => (source === undefined ? `settled ${outcome}` : `settled ${source} ${outcome}`),
    incident,
    beginsIncident: true,
    measure: ({ source, outcome }, meter) => meter.count(source === undefined ? "requests" : "localRequests", outcome),
  };
}

function textOf({ processId, outcome, source, totalMs, queueMs }: Settled): string {
  const whose = source === undefined ? "" : `${source} `;
  const queued = queueMs === undefined ? "" : `, ${queueMs.toFixed(1)} ms of it queued`;
  return `${whose}request ${printable(processId)}: ${outcome} after ${totalMs.toFixed(1)} ms${queued}`;
}

/**
 * Only of what the MCU itself has answered: the gateway's own errors take no time and would hide how long answers take. Nor of
 * requests from this machine, which may be a load that somebody tries.
 */
function measureAnswer({ source, totalMs, queueMs, wireMs, leftMs }: Settled, meter: Meter): void {
  if (source !== undefined || queueMs === undefined || wireMs === undefined) return;
  meter.observe("answerTotal", totalMs / 1000);
  meter.observe("answerQueue", queueMs / 1000);
  // A port may be faster than its baud rate says: a USB device and a pty have none. The parts must add up all the same.
  const onWireMs = Math.min(wireMs, totalMs - queueMs);
  meter.observe("answerWire", onWireMs / 1000);
  meter.observe("answerMcu", (totalMs - queueMs - onWireMs) / 1000);
  meter.observe("margin", leftMs / 1000);
}
