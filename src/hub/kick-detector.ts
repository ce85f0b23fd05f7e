/**
 * Recognises a session that is kicked again and again: IoT Hub closes the older of two connections with one identity, so
 * two gateways (or a gateway and a debugging tool) with the same device flap for ever, and each sees nothing but a healthy
 * session that the hub closes. Pure: what is known is passed in and handed back.
 */

import type { SessionEnd } from "./session-end.ts";

/** How many sessions in a row looked like kicked ones. */
export interface KickHistory {
  readonly kicks: number;
}

export const noKicks: KickHistory = { kicks: 0 };

/**
 * A kicked session lives as long as the other side waits before it connects again: 5 s at least (the hub's limit), a
 * minute or two at the end of a usual back-off.
 */
const kickedWithinMs = 120_000;

/** One close is a restart of the server, two are bad luck. */
const kicksToTell = 3;

/**
 * What a session's end adds to `history`. `upForMs` is how long it was up, undefined where it never was: that says
 * nothing about kicks, and neither does a broken connection. `advice` is there when it is time to tell a person.
 */
export function afterSession(
  history: KickHistory,
  cause: SessionEnd,
  upForMs: number | undefined,
): { readonly history: KickHistory; readonly advice: string | undefined } {
  if (upForMs === undefined) return { history, advice: undefined };
  if (upForMs >= kickedWithinMs) return { history: noKicks, advice: undefined };
  if (cause.kind !== "peer_closed") return { history, advice: undefined };
  const kicks = history.kicks + 1;
  return { history: { kicks }, advice: kicks < kicksToTell ? undefined : adviceAfter(kicks, upForMs) };
}

function adviceAfter(kicks: number, upForMs: number): string {
  return (
    `the hub closed ${kicks} healthy sessions in a row, the last one after ${(upForMs / 1000).toFixed(1)} s: most likely ` +
    "another client is connected with the same productId and deviceName (a second gateway, a copied card, a debugging " +
    "tool), and each kicks the other out; stop one of them"
  );
}
