import type { Instant } from "./core/instant.ts";
import type { ReopeningRung } from "./core/recovery.ts";
import type { Report } from "./core/report.ts";

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
 * The process was suspended: whatever is read may have arrived at any time after `since`, and nothing is to be written
 * before `until`, when it is looked again whether all that had come has been read.
 */
export interface Suspension {
  readonly since: Instant;
  readonly until: Instant;
}

export interface Clock {
  /** Monotonic; time that the machine slept counts. */
  now(): Instant;
  /** The suspension whose backlog is being read at `at`, if there is one. */
  suspension(at: Instant): Suspension | undefined;
  /** A message of so many bytes has come from the hub. */
  read(byteCount: number): void;
  /** Rings once at `at`, or as soon as may be after; instead of any earlier setting. Undefined: not at all. */
  setAlarm(at: Instant | undefined, ring: () => void): void;
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

export type Level = "debug" | "info" | "warn" | "error";

/**
 * What one cause makes several kinds of messages about: a cable that is pulled ends the link, commands and their requests.
 * What the MCU says of itself is apart, because firmware that says something each second is well; and so is what was done
 * to bring it back, which must not drown among what that does.
 */
export type Subject = "board" | "mcu words" | "recovery" | "hub" | "callers";

export interface Log {
  /**
   * @param key what makes two messages the same: repeated ones are collapsed to a count
   * @param about what messages of several keys are about together, because one cause makes them all; the key alone without
   */
  say(level: Level, key: string, text: string, about?: Subject | undefined): void;
  /** Whether what is said at this level is written at all; without it, everything is. */
  shows?(level: Level): boolean;
}
