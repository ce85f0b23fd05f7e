import type { CallResult } from "./calls.ts";
import type { RefusalCode } from "./credentials.ts";
import type { NoticeName, OperationName } from "./gateway-message.ts";
import type { ResultCode } from "./result-codes.ts";

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
 * - `published`: the device, or a sub-device of this session, published on another of its topics; of a gateway's operations
 *   and acknowledgements there are the events below instead.
 * - `refused_call`: a request to the cloud's API was refused before it became a call.
 * - `no_handshake`: a TLS connection ended before there was a CONNECT.
 * - `dropped`: a message went no further, up or down; the connection stays.
 * - `operation`: a gateway asked for something for one sub-device (undefined where it named none), and got this code.
 * - `went_offline`: a sub-device that was online is not any more: by its gateway, its session's end, or by order.
 * - `notified`: the hub told a gateway something unasked; `acknowledged` or `bad_acknowledgement` is what came back.
 * - `ignored`: a message on the operation topic that the hub does not answer.
 *
 * `subDevice` is `{productId}/{deviceName}`. In `request`, `call`, the replies and `published`, `clientId` is the
 * sub-device's where it is meant; in all others the session's.
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
  | { readonly kind: "published"; readonly clientId: string; readonly topic: string; readonly payload: Buffer }
  | { readonly kind: "refused_call"; readonly clientId?: never; readonly code: string; readonly message: string }
  | { readonly kind: "no_handshake"; readonly clientId?: never; readonly reason: string }
  | { readonly kind: "dropped"; readonly clientId: string; readonly topic: string; readonly reason: string }
  | {
      readonly kind: "operation";
      readonly clientId: string;
      readonly operation: OperationName;
      readonly subDevice: string | undefined;
      readonly code: ResultCode;
    }
  | { readonly kind: "went_offline"; readonly clientId: string; readonly subDevice: string }
  | { readonly kind: "notified" | "acknowledged"; readonly clientId: string; readonly notice: NoticeName }
  | {
      readonly kind: "bad_acknowledgement";
      readonly clientId: string;
      readonly notice: NoticeName;
      readonly reason: string;
    }
  | { readonly kind: "ignored"; readonly clientId: string; readonly reason: string };

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
    refused_call: 0,
    no_handshake: 0,
    dropped: 0,
    operation: 0,
    went_offline: 0,
    notified: 0,
    acknowledged: 0,
    bad_acknowledgement: 0,
    ignored: 0,
  };
  return {
    observe(event) {
      counts[event.kind] += 1;
      next(event);
    },
    counts: () => ({ ...counts }),
  };
}
