/**
 * Something seen from outside at the gateway's end of the network; `atMs` is `performance.now()` of the suite.
 * `connection` counts the gateway's connections, from 1.
 */
export type TrafficEvent = { readonly atMs: number; readonly connection: number } & (
  | { readonly kind: "opened" | "accepted" | "subscribed" }
  /** `request` was handed to the gateway, `response` came from it. */
  | { readonly kind: "request" | "response"; readonly processId: string; readonly payload: Buffer }
  /** `isGoodbye`: the gateway's last packet was DISCONNECT. */
  | { readonly kind: "closed"; readonly isGoodbye: boolean }
);

/** A request as the cloud's side made it, and when the cloud's side had responses to it. */
export interface Call {
  readonly processId: string;
  readonly payload: Buffer;
  readonly atMs: number;
  readonly heardAtMs: number[];
}

/** A command that the MCU began to do; one character for each byte of its payload. */
export interface Execution {
  readonly payload: string;
  readonly atMs: number;
}

/** A time in which a fault made it impossible for requests, or for their responses, to get through. */
export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** What an MCU of the suite answers to a payload. */
export function replyTo(payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from("r:"), payload]);
}
