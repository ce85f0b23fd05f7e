import type { Dialect } from "../protocol/dialect.ts";
import type { WireFormat } from "../protocol/wire-time.ts";
import type { AdmissionOptions } from "./admission.ts";
import type { EchoMode } from "./echo.ts";
import type { EventOptions } from "./events.ts";
import type { Instant } from "./instant.ts";
import type { LivenessOptions } from "./liveness-options.ts";
import type { PeerOptions } from "./peer.ts";
import type { ReopeningRung } from "./recovery.ts";
import type { Report } from "./report.ts";

export interface CorrelatorOptions extends PeerOptions, LivenessOptions, AdmissionOptions {
  /** From a request's sending until the hub gives up. */
  readonly cutoffMs: number;
  /** Longest line from the MCU that is read, in bytes with LF. */
  readonly replyBytesMax: number;
  /** Most bytes of a response that the hub takes. */
  readonly responseBytesMax: number;
  /** A write that the port has not taken by then will not be taken any more. */
  readonly writeTimeoutMs: number;
  /** How late a reply can be: the id of an unanswered command is not used again before. */
  readonly lateReplyMs: number;
  readonly echo: EchoMode;
  readonly events: EventOptions;
  readonly wire: WireFormat;
  readonly dialect: Dialect;
}

export type Input =
  /** `arrivedAt` is before now where the process stood still: no earlier arrival is possible. */
  | { readonly kind: "request"; readonly processId: string; readonly payload: Buffer; readonly arrivedAt: Instant }
  | { readonly kind: "session_down" }
  | { readonly kind: "link_up" }
  /** The port is about to be closed by us: it takes nothing more, and `link_down` follows when the wire is dry. */
  | { readonly kind: "link_closing" }
  | { readonly kind: "link_down" }
  /** What `reopen` asked for last is not possible: the port stays open. */
  | { readonly kind: "link_kept" }
  | { readonly kind: "line"; readonly bytes: Buffer }
  | { readonly kind: "overlong"; readonly head: Buffer; readonly byteCount: number }
  /** The bytes of the last `write` have been taken by the port. */
  | { readonly kind: "written" }
  | { readonly kind: "alarm" }
  /** The process stood still. Nothing is written before `until`: what the MCU said meanwhile is to be read first. */
  | { readonly kind: "stood_still"; readonly until: Instant }
  /** Other options; those of the wire's format and another dialect's only while the link is down. */
  | { readonly kind: "configure"; readonly options: CorrelatorOptions }
  | { readonly kind: "drain" };

export type Output =
  | { readonly kind: "publish"; readonly processId: string; readonly payload: Buffer }
  | { readonly kind: "publish_event"; readonly name: string; readonly payload: Buffer }
  /** At most one at a time: the next follows `written`. `discardsUnsent`: what the driver still holds is thrown away first; `bytes` may be empty then. */
  | { readonly kind: "write"; readonly bytes: Buffer; readonly discardsUnsent: boolean }
  /** Close the link; it is opened anew, by `pulse` or `command` with what the rung says. Or `link_kept` follows. */
  | { readonly kind: "reopen"; readonly rung: ReopeningRung }
  | { readonly kind: "report"; readonly report: Report }
  /** After `drain`: nothing is open any more. */
  | { readonly kind: "drained" };
