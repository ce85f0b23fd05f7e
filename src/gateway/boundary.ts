import type { ReopeningRung } from "../core/recovery.ts";
import type { Report } from "../core/report.ts";

/** What the gateway needs of the world; the tests put fakes here, `daemon.ts` the real thing. */

export interface SessionPort {
  /** Publishes a response on the session that is up; it is never kept for a later one. */
  publish(processId: string, payload: Buffer): "sent" | "not_connected" | "congested" | "topic_too_long";
  /** Publishes an event of the MCU's on the topic for events; it is not kept either. */
  publishEvent(payload: Buffer): "sent" | "not_connected" | "congested" | "topic_too_long";
}

export interface LinkPort {
  /**
   * Hands `bytes` to the open port; `written` follows, or the link goes down. With `discardsUnsent` what the driver still
   * holds is thrown away first.
   */
  write(bytes: Buffer, how?: { readonly discardsUnsent?: boolean }): void;
  /** Closes the port; it is opened anew, after or with what `rung` says. Where that is not possible, `kept` follows. */
  reopen(rung: ReopeningRung): void;
}

/**
 * What passes through the gateway, for those who watch it: they see everything and change nothing. Buffers are views
 * that may not be kept; what is to be kept is copied.
 */
export type Observation =
  | { readonly kind: "request"; readonly processId: string; readonly payload: Buffer }
  | { readonly kind: "response"; readonly processId: string; readonly payload: Buffer }
  /** A line to the MCU, LF included; from the MCU, without it. */
  | { readonly kind: "line_out"; readonly bytes: Buffer }
  | { readonly kind: "line_in"; readonly bytes: Buffer }
  | { readonly kind: "session"; readonly isUp: boolean }
  | { readonly kind: "link"; readonly isUp: boolean }
  | { readonly kind: "report"; readonly report: Report };
