import type { CallResult } from "./calls.ts";
import type { RefusalCode } from "./credentials.ts";

/**
 * What happened in the hub, for those who check from outside. `clientId` is `{productId}{deviceName}`.
 *
 * - `refused`: a CONNECT was answered with a CONNACK code other than 0.
 * - `connected`, `disconnected`: one of each for every session; `kicked` stands before the `disconnected` of a
 *   session that the hub itself ended in favour of a newer one, or by {@link Hub.kick}.
 * - `subscribed`: the SUBACK is on its way, a call from now on reaches the device; `denied`: it was SUBACK 128.
 * - `violation`: the session did what IoT Hub forbids, and its connection was dropped.
 * - `request`: a call's request was handed to the broker; `call` is its end.
 * - `second_reply` (its call was answered), `late_reply` (its call had timed out) and `unknown_reply` (no call
 *   has that processId) reach no caller.
 * - `published`: the device published on another of its topics.
 */
export type HubEvent =
  | { readonly kind: "refused"; readonly clientId: string; readonly returnCode: RefusalCode; readonly reason: string }
  | { readonly kind: "connected" | "disconnected" | "kicked"; readonly clientId: string }
  | { readonly kind: "subscribed" | "unsubscribed" | "denied"; readonly clientId: string; readonly filter: string }
  | { readonly kind: "violation"; readonly clientId: string; readonly reason: string }
  | { readonly kind: "request"; readonly clientId: string; readonly processId: string }
  | { readonly kind: "call"; readonly clientId: string; readonly result: CallResult }
  | {
      readonly kind: "second_reply" | "late_reply" | "unknown_reply";
      readonly clientId: string;
      readonly processId: string;
      readonly payload: Buffer;
    }
  | { readonly kind: "published"; readonly clientId: string; readonly topic: string; readonly payload: Buffer };

/** Takes events as they happen; it must not throw. */
export type Observe = (event: HubEvent) => void;

/** How often each kind of event has happened. */
export type HubCounts = Readonly<Record<HubEvent["kind"], number>>;

/** An observer that counts by kind and hands on to the next. */
export function countingObserver(next: Observe): { observe: Observe; counts: () => HubCounts } {
  const counts: Record<HubEvent["kind"], number> = {
    refused: 0,
    connected: 0,
    disconnected: 0,
    kicked: 0,
    subscribed: 0,
    unsubscribed: 0,
    denied: 0,
    violation: 0,
    request: 0,
    call: 0,
    second_reply: 0,
    late_reply: 0,
    unknown_reply: 0,
    published: 0,
  };
  return {
    observe(event) {
      counts[event.kind] += 1;
      next(event);
    },
    counts: () => ({ ...counts }),
  };
}
