import type { LineEnd, Skip } from "../protocol/framing.ts";
import type { HoldReason } from "./answer-order.ts";
import type { EchoFinding } from "./echo.ts";
import type { Reason } from "./outcome.ts";
import type { Rung } from "./recovery.ts";
import type { Source } from "./request.ts";

export { skipNames } from "../protocol/framing.ts";

/** Everything that is not delivered where it seems to belong. Each is counted and logged under its name. */
export const dropNames = [
  /** A reply to a command whose caller has been given an error already. */
  "late_reply",
  /** A second reply to a command that was replied to. */
  "second_reply",
  /** A reply to an id that no remembered command had, one that no command awaits, or a line of such an answer. */
  "stray_reply",
  /** A line without a right checksum, after the MCU's hello asked for checksums. */
  "damaged_line",
  /** A line that begins like one of the protocol and is none. */
  "malformed_line",
  /** What looks like a reply, but has something in front of it that is not known to be none, or no sigil. */
  "misframed_reply",
  /** The same of a hello. */
  "misframed_hello",
  /** The same of an event. */
  "misframed_event",
  /** A line longer than `serial.replyBytesMax`. */
  "overlong_line",
  /** A line that the gateway has written itself and that came back: whole, or what is left of it. */
  "echoed_line",
  /** Bytes up to the first line end after the port was opened: the rest of a line that began before. */
  "stale_bytes",
  /** A request that had arrived before: it is not executed again. */
  "duplicate_request",
  /** A request whose id belonged to another one that was open, and which could not be told so after that one's response. */
  "id_conflict",
  /** A request that the hub marked as retained: nobody waits for its answer. */
  "retained_request",
  /** A message on a topic that was not subscribed. */
  "foreign_topic",
  /** A result or a notice of the hub for a sub-device that is no board's. */
  "unknown_device",
  /** A message of the hub about sub-devices that nobody asked for, or of a type that is not known. */
  "unknown_hub_message",
  /** A message of the hub about sub-devices that cannot be read. */
  "malformed_hub_message",
  /** A request that came when the end of its session was decided. */
  "session_over",
  /** A request, or the response to it, whose session has ended: nobody can be given the answer any more. */
  "session_gone",
  /** A response that could not be given before its deadline: the process itself was suspended. */
  "missed_deadline",
  /** A response that the session could not take. */
  "unsent_response",
  /** The answer to a local call whose caller is gone. */
  "unheard_answer",
  /** What the gateway would have told the hub about its sub-devices. */
  "unsent_operation",
  /** An id or an answered request forgotten before its time, because too many are remembered. */
  "forgotten_id",
  /** An event of the MCU's that is not published: they are not meant to be, come too fast, or cannot be sent. */
  "unpublished_event",
] as const;

export type DropName = (typeof dropNames)[number];

/** What the gateway itself can be asked through RRPC. */
export const remoteOrders = [
  "status",
  "boards",
  "doctor",
  "dump",
  "probe",
  "reopen",
  "reset",
  "reload",
  "log",
] as const;

export type RemoteOrder = (typeof remoteOrders)[number];

/** Why it does not do so. */
export const remoteRefusals = [
  "bad_payload",
  "no_such_board",
  "not_allowed",
  "too_often",
  "released",
  "stopping",
  "in_flight",
  "not_configured",
] as const;

export type RemoteRefusal = (typeof remoteRefusals)[number];

/** What the operator and the counters are told. Payloads are in it only as lengths. */
export type Report =
  | {
      readonly kind: "settled";
      readonly processId: string;
      readonly outcome: "ok" | Reason;
      /** Absent where the hub has sent it. */
      readonly source?: Source;
      /** From arrival to settlement. */
      readonly totalMs: number;
      /** From arrival until the command was handed to the port; undefined where it never was. */
      readonly queueMs: number | undefined;
      /** What its command and the answer take on the wire, computed; undefined where nothing was handed to the port. */
      readonly wireMs: number | undefined;
      /** From settlement to the deadline. */
      readonly leftMs: number;
    }
  | {
      readonly kind: "dropped";
      readonly name: DropName;
      readonly processId?: string;
      readonly detail?: string;
      /** Whether it is only counted: the same was told before, or it is as it should be. */
      readonly isKnown?: boolean;
    }
  | { readonly kind: "mcu_log"; readonly bytes: Buffer }
  /** A line that may be an answer, or part of one: of its length only. `cause`: why it comes, and what helps. */
  | { readonly kind: "mcu_log_hidden"; readonly byteCount: number; readonly cause?: string }
  /** `around` is what was taken off in front and at the end, escaped; undefined where there was nothing new in it. */
  | { readonly kind: "bytes_skipped"; readonly skips: readonly Skip[]; readonly around: readonly string[] | undefined }
  /** So many bytes have come with the other line end in them, and not once with `ours`. */
  | { readonly kind: "other_line_end"; readonly ours: LineEnd; readonly byteCount: number }
  | { readonly kind: "mcu_hello"; readonly text: string }
  | { readonly kind: "mcu_without_hello"; readonly waitedMs: number }
  /** `isSure`: it has said so again after it was asked; until then one flipped bit may have made it. */
  | { readonly kind: "mcu_version_unsupported"; readonly version: string; readonly isSure: boolean }
  | { readonly kind: "mcu_restarted"; readonly inFlightCount: number }
  | { readonly kind: "mcu_damage_report" }
  /** `answersProbes`: it leaves commands alone unanswered. */
  | { readonly kind: "mcu_away"; readonly unansweredCount: number; readonly answersProbes: boolean }
  /** `rung` is what was tried last. */
  | { readonly kind: "mcu_back"; readonly awayMs: number; readonly rung: Rung }
  /** It was away, and its port is lost or released: whoever is there when that is open again is met anew. */
  | { readonly kind: "mcu_unlinked" }
  | { readonly kind: "recovering"; readonly rung: Rung; readonly awayMs: number; readonly answersProbes: boolean }
  | { readonly kind: "board_released" }
  | { readonly kind: "board_taken_back"; readonly releasedMs: number }
  /** The gateway itself was asked, and has answered: with what is so, or with what it does. */
  | { readonly kind: "remote_answered"; readonly order: RemoteOrder }
  /** `order`: undefined where the payload is none. */
  | { readonly kind: "remote_refused"; readonly order: RemoteOrder | undefined; readonly reason: RemoteRefusal }
  | { readonly kind: "command_resent"; readonly processId: string }
  | { readonly kind: "echo"; readonly finding: EchoFinding }
  /** Nothing is sent to firmware that answers in order; `processId` of the command that went unanswered, or "". */
  | { readonly kind: "writes_held"; readonly reason: HoldReason; readonly forMs: number; readonly processId: string }
  | { readonly kind: "write_stalled" };
