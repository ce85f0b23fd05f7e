/**
 * Everything that crosses between the gateway, the adapters around it and the observers. Each event and each call names its
 * board; what belongs to the hub's session as a whole names none.
 */
import type { Instant } from "../core/instant.ts";
import type { ReopeningRung } from "../core/recovery.ts";
import type { DropName, Report } from "../core/report.ts";
import type { Source } from "../core/request.ts";
import type { LineEnd } from "../protocol/framing.ts";

/**
 * What became of a message to the hub. It is never kept for a later session. `payload_too_long`: the hub would have ended the session
 * of all boards for it.
 */
export type SendResult = "sent" | "not_connected" | "congested" | "topic_too_long" | "payload_too_long";

/** `over_budget`: the boards have more to tell than the hub takes from one session, and this one has its share waiting. */
export type EventSendResult = SendResult | "over_budget";

/** The session with the hub, which all boards share. */
export interface HubPort {
  /** Publishes the response to a request, at once, whatever else waits. */
  publish(board: string, processId: string, payload: Buffer, now: Instant): SendResult;
  /**
   * Publishes an event of the MCU on the topic for events. With several boards it may wait for its turn: that is `sent` too, and if
   * the session ends before, `dropped` follows.
   */
  publishEvent(board: string, payload: Buffer, now: Instant): EventSendResult;
}

/** The serial lines to the boards. */
export interface LinkPort {
  /**
   * Hands `bytes` to the open port; `written` follows, or the link goes down. With `discardsUnsent` what the driver still
   * holds is thrown away first.
   */
  write(board: string, bytes: Buffer, how?: { readonly discardsUnsent?: boolean }): void;
  /** Closes the port and opens it again, with or after what `rung` says. Where that is not possible, `kept` follows. */
  reopen(board: string, rung: ReopeningRung): void;
}

/** What the hub sent that did not become a request, and what it could not be sent any more. */
export type HubDropName = Extract<
  DropName,
  | "retained_request"
  | "foreign_topic"
  | "session_over"
  | "unknown_device"
  | "unknown_hub_message"
  | "malformed_hub_message"
  | "unsent_operation"
  | "unpublished_event"
>;

/** Why a board gets no requests although the session is up. The hub is asked again at growing intervals, unless it says otherwise. */
export type BoardDownReason =
  /** The hub has not answered in time. */
  | { readonly kind: "no_answer"; readonly operation: HubOperation }
  /** The hub's result is not 0. */
  | { readonly kind: "refused"; readonly operation: "online" | "bind"; readonly code: number }
  /** SUBACK 128 for the board's requests. */
  | { readonly kind: "not_permitted" }
  /** SUBACK 128 for the results of operations: the product of the session's own device is none for gateways. */
  | { readonly kind: "not_a_gateway" }
  /** Unbound in the console. It is asked for again when the hub tells that it is bound. */
  | { readonly kind: "unbound" }
  /** Reported offline, because the board is away. Not asked again before the board is back. */
  | { readonly kind: "absent" };

export type HubOperation = "online" | "bind" | "subscribe";

/** What happens on one session with the hub. */
export type HubEvent =
  /** The round trip is the shortest that was measured. Each board is down until its own `board_up`. */
  | { readonly kind: "up"; readonly roundTripMs: number }
  /** Requests of the board may come. The board of the session's own device is up right after `up`. */
  | { readonly kind: "board_up"; readonly board: string }
  /**
   * No requests of the board come, and no response of it can be published. Told once for each reason: perhaps without a `board_up`
   * before, or again with another reason.
   */
  | { readonly kind: "board_down"; readonly board: string; readonly reason: BoardDownReason }
  /** `payload` is a view of the packet's own bytes. */
  | { readonly kind: "request"; readonly board: string; readonly processId: string; readonly payload: Buffer }
  /** `board` is undefined where it is for none. `detail`: the topic, or what was wrong. */
  | {
      readonly kind: "dropped";
      readonly board: string | undefined;
      readonly name: HubDropName;
      readonly detail: string;
    }
  /** Exactly once, last, and every board is down. Why it ended concerns only whoever opens the next session. */
  | { readonly kind: "down" };

/** What the bytes of one opening of a serial port turn out to be. */
export type LineEvent =
  /** A whole line without its end, as it came; never empty. The buffer is the receiver's own. */
  | { readonly kind: "line"; readonly bytes: Buffer }
  /** A line over the limit, dropped whole: its first bytes (they may name a processID) and its length, line end included. */
  | { readonly kind: "overlong"; readonly head: Buffer; readonly byteCount: number }
  /**
   * Bytes that belong to no whole line: before the first line end after opening, or after the last one when it ended.
   * `isOrderly`: we have closed the port ourselves, so it may be a console's prompt, which has no line end.
   */
  | { readonly kind: "discarded"; readonly byteCount: number; readonly isOrderly?: boolean }
  /** So many bytes of text have come with the other line end, and none with ours. Told once for each opening. */
  | { readonly kind: "other_line_end"; readonly ours: LineEnd; readonly byteCount: number };

/**
 * What happens on a board's serial line. The board's name is an argument beside it (`Gateway.linkEvent`), so that no second object
 * is made for each line.
 */
export type LinkEvent =
  | LineEvent
  /** Opening takes longer than with any driver that works. It goes on, and is told again at growing intervals. */
  | { readonly kind: "opening_hangs"; readonly text: string }
  /** Open, flushed and ready for the first write. */
  | { readonly kind: "up" }
  /** Something the operator should know; the link goes on. */
  | { readonly kind: "note"; readonly text: string }
  /** The kernel has taken every byte of the write. */
  | { readonly kind: "written" }
  /** Nothing more is written: the wire runs dry. What comes in is still handed on. */
  | { readonly kind: "closing" }
  /** The last `reopen` is not possible: the port stays open. */
  | { readonly kind: "kept" }
  /** The last event of each opening. Why it ended concerns only whoever opens the next one. */
  | { readonly kind: "down" };

/**
 * What passes through the gateway, for observers: they see everything and change nothing. Buffers are views: whoever keeps
 * one copies it.
 */
export type Observation =
  /** `source` is absent where the hub has sent the request. */
  | {
      readonly kind: "request" | "response";
      readonly board: string;
      readonly processId: string;
      readonly payload: Buffer;
      readonly source?: Source;
    }
  /** A line to the MCU, LF included; from the MCU, without it. */
  | { readonly kind: "line_out"; readonly board: string; readonly bytes: Buffer }
  | { readonly kind: "line_in"; readonly board: string; readonly bytes: Buffer }
  | { readonly kind: "session"; readonly isUp: boolean }
  | { readonly kind: "link"; readonly board: string; readonly isUp: boolean }
  /**
   * Whether the hub passes on the requests of one of several boards, and why not. While there is no session it passes on none,
   * which is not told for each.
   */
  | { readonly kind: "online"; readonly board: string; readonly isUp: boolean; readonly reason?: BoardDownReason }
  /** `board` is undefined for what is no board's. */
  | { readonly kind: "report"; readonly board: string | undefined; readonly report: Report };
