/**
 * What sessions that end one after the other have in common. Pure: what is known is passed in and handed back.
 *
 * A kick: IoT Hub closes the older of two connections with one identity, so two gateways (or a gateway and a debugging tool)
 * with the same device flap for ever, and each sees nothing but a healthy session that the hub closes. It comes when the
 * other one connects, whatever passes at that time.
 *
 * An idle end: something in between forgets a connection on which nothing passes, or closes it. It comes after the same
 * silence each time, one that the session has not outlived before.
 */

import type { ConnectionEnd } from "../mqtt/connection-end.ts";
import type { Idle } from "../mqtt/silence.ts";

export interface SessionHistory {
  /** How many sessions in a row looked like kicked ones. */
  readonly kicks: number;
  /** After how long a silence the last one ended that ended so. */
  readonly idleEndMs: number | undefined;
  /** How often the next one is to ping. */
  readonly pingIntervalMs: number;
}

/** A session's end, with what matters of its life. */
export interface EndedSession {
  readonly cause: ConnectionEnd;
  /** Undefined where it never was up: that says nothing about either. */
  readonly upForMs: number | undefined;
  readonly idle: Idle;
}

/** When it is time to tell a person. */
export interface Advice {
  readonly kind: "kicked" | "idle";
  readonly text: string;
}

export const noHistory = (pingIntervalMs: number): SessionHistory => ({
  kicks: 0,
  idleEndMs: undefined,
  pingIntervalMs,
});

/**
 * A kicked session lives as long as the other side waits before it connects again: 5 s at least (the hub's limit), a
 * minute or two at the end of a usual back-off.
 */
const kickedWithinMs = 120_000;

/** One close is a restart of the server, two are bad luck. */
const kicksToTell = 3;

/** More pings than that would be more traffic than most devices' requests; no path is known to forget sooner. */
const pingIntervalMinMs = 5_000;

/** What a session's end adds to `history`. */
export function afterSession(
  history: SessionHistory,
  ended: EndedSession,
): { readonly history: SessionHistory; readonly advice: Advice | undefined } {
  const { cause, upForMs, idle } = ended;
  if (upForMs === undefined) return { history, advice: undefined };
  const idleEndMs = isIdleEnd(ended, history.pingIntervalMs) ? idle.forMs : undefined;
  if (idleEndMs !== undefined && isAbout(idleEndMs, history.idleEndMs)) {
    const pingIntervalMs = moreOften(idleEndMs);
    const next = { kicks: 0, idleEndMs: undefined, pingIntervalMs };
    return { history: next, advice: { kind: "idle", text: idleAdvice(idleEndMs, pingIntervalMs) } };
  }
  const kicks = kicksAfter(history.kicks, cause, upForMs);
  const isTold = kicks >= kicksToTell && kicks > history.kicks;
  return {
    history: { ...history, kicks, idleEndMs },
    advice: isTold ? { kind: "kicked", text: kickAdvice(kicks, upForMs) } : undefined,
  };
}

/** Lost after a silence that it had not outlived before, and that pings can prevent. */
function isIdleEnd({ cause, idle }: EndedSession, pingIntervalMs: number): boolean {
  const isLost = cause.kind === "peer_closed" || cause.kind === "connection_lost" || cause.kind === "keepalive_timeout";
  // A tenth more is the same silence, measured twice.
  const isLonger = idle.forMs > 1.1 * idle.survivedMs;
  return isLost && isLonger && moreOften(idle.forMs) < Math.min(pingIntervalMs, 0.9 * idle.forMs);
}

/** Half of what was too long: a ping may be late, and some answer of its own may have made the silence shorter. */
function moreOften(idleEndMs: number): number {
  return Math.max(pingIntervalMinMs, Math.round(idleEndMs / 2000) * 1000);
}

/** Within a fifth: two clocks and two networks had their part in each. */
function isAbout(ms: number, otherMs: number | undefined): boolean {
  return otherMs !== undefined && Math.abs(ms - otherMs) < Math.max(ms, otherMs) / 5;
}

/** A broken connection says nothing about kicks; a session that lived long begins the count anew. */
function kicksAfter(kicks: number, cause: ConnectionEnd, upForMs: number): number {
  if (upForMs >= kickedWithinMs) return 0;
  return cause.kind === "peer_closed" ? kicks + 1 : kicks;
}

function kickAdvice(kicks: number, upForMs: number): string {
  return (
    `the hub closed ${kicks} healthy sessions in a row, the last one after ${(upForMs / 1000).toFixed(1)} s: most likely ` +
    "another client is connected with the same productId and deviceName (a second gateway, a copied card, a debugging " +
    "tool), and each kicks the other out; stop one of them"
  );
}

function idleAdvice(idleEndMs: number, pingIntervalMs: number): string {
  return (
    `two connections in a row ended when nothing had passed for ${(idleEndMs / 1000).toFixed(0)} s: something on the way ` +
    `forgets or closes idle connections; the hub is pinged every ${pingIntervalMs / 1000} s from now on ` +
    `(hub.pingIntervalS: ${pingIntervalMs / 1000} has it so from the start)`
  );
}
