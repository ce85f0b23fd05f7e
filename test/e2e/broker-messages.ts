import type { IdleWay } from "./relay.ts";

export const productId = "ABCDEFGH12";

/** Made up: it opens nothing but a simulated hub. */
export const deviceSecret = "MDEyMzQ1Njc4OWFiY2RlZg==";

/** More than the tests of one file need. */
export const deviceNames = Array.from({ length: 30 }, (_, index) => `gateway${index + 1}`);

/** What the broker is told to do for one device. */
export type BrokerAction =
  /** Publishes requests as the cloud would, one behind the other. */
  | { readonly kind: "publish"; readonly messages: readonly Message[] }
  /** Ends the session, as a second one with the same identity would. */
  | { readonly kind: "kick" }
  /** Answers every CONNECT with this CONNACK code; undefined lets the device in again. */
  | { readonly kind: "refuse"; readonly returnCode: 3 | 4 | 5 | undefined }
  /** The broker cannot be reached: connections break, and new ones are refused, until it is restored. */
  | { readonly kind: "cut" | "restore" }
  /** What becomes of connections on which nothing passes for a while. */
  | { readonly kind: "forget_idle"; readonly way: IdleWay | undefined };

export interface Message {
  /** The topic's first levels. */
  readonly root: "$rrpc/rxd" | "$iotrrpc/down";
  readonly processId: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
}

/** An action for one device; `done` with the same number confirms it. */
export interface Order {
  readonly number: number;
  readonly deviceName: string;
  readonly action: BrokerAction;
}

/** Something that the broker saw of one device; `atMs` is Unix time in ms, with its fractions. */
export type TrafficEvent = { readonly atMs: number } & (
  | { readonly kind: "request" | "response"; readonly processId: string; readonly payload: Buffer }
  | { readonly kind: "connection_began" | "connected" | "subscribed" | "refused" | "violation" | "session_ended" }
  /** `isGoodbye`: the last packet from the gateway was DISCONNECT. */
  | { readonly kind: "connection_ended"; readonly isGoodbye: boolean }
);

export type News =
  | { readonly kind: "ready"; readonly addresses: readonly Address[] }
  | { readonly kind: "done"; readonly number: number }
  | { readonly kind: "traffic"; readonly deviceName: string; readonly event: TrafficEvent };

/** Where one device's broker listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}
