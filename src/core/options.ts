import type { Dialect } from "../protocol/dialect.ts";
import type { PayloadRules } from "../protocol/payload-rules.ts";
import type { WireFormat } from "../protocol/wire-time.ts";
import type { EchoMode } from "./echo.ts";
import type { EventOptions } from "./events.ts";
import type { RecoveryOptions } from "./recovery.ts";

/** All that the core is told of one board, its line and its hub. Each part of it names the options that it takes. */
export interface CorrelatorOptions {
  /** What errors call the board; undefined where they need no name for it. */
  readonly board: string | undefined;
  /** From a request's sending until the hub gives up: after it the hub has no use for a response. */
  readonly cutoffMs: number;
  /** From a request's arrival until its response must be published. */
  readonly deadlineMs: number;
  /** Most requests that wait for the MCU. */
  readonly queueMax: number;
  /** Which payloads may be sent; undefined where all may. */
  readonly payloadRules: PayloadRules | undefined;
  /** Most bytes of a response that the hub takes. */
  readonly responseBytesMax: number;
  readonly events: EventOptions;

  readonly wireFormat: WireFormat;
  readonly dialect: Dialect;
  /** Whether what is written comes back. */
  readonly echoMode: EchoMode;
  /** Whether the MCU may hold back what the port has taken, and so what it takes (RTS and CTS, XON and XOFF). */
  readonly hasFlowControl: boolean;
  /** A write that the port has not taken by then will not be taken any more. */
  readonly writeTimeoutMs: number;
  /** Longest command line, in bytes with LF, until a hello says another. */
  readonly commandBytesMax: number;
  /** Longest line from the MCU that is read, in bytes with LF. */
  readonly replyBytesMax: number;
  /** Upper bound on the window that a hello can ask for; an MCU that answers in order, without ids, has 1. */
  readonly windowMax: number;
  /** How late a reply can be, and a hello: the id of an unanswered command is not used again before. */
  readonly lateReplyMs: number;

  /** How long commands wait for the hello after the port was opened; 0: not at all. */
  readonly helloWaitMs: number;
  /** How long a probe waits for its answer, and how often an MCU that is away is probed. */
  readonly probeIntervalMs: number;
  /** An MCU that knows probes and was not heard for so long is probed; 0: never. */
  readonly idleProbeMs: number;
  /** Consecutive unanswered commands and probes after which the MCU counts as away. */
  readonly awayAfterCount: number;
  readonly recovery: RecoveryOptions;
}
