import type { WireFormat } from "../protocol/wire-time.ts";
import type { Instant } from "./instant.ts";
import type { RecoveryOptions, ReopeningRung } from "./recovery.ts";
import type { Report } from "./report.ts";

export interface LivenessOptions {
  /** How long commands wait for the hello after the port was opened. */
  readonly helloWaitMs: number;
  /** How long a probe waits for its answer, and how often an MCU that is away is probed. */
  readonly probeIntervalMs: number;
  /** Consecutive unanswered commands and probes after which the MCU counts as away. */
  readonly stalledAfter: number;
  /** An MCU that knows probes and was not heard for so long is probed; 0: never. */
  readonly idleProbeMs: number;
  readonly recovery: RecoveryOptions;
  /** Whether the MCU may hold writes up (RTS and CTS, XON and XOFF). */
  readonly hasFlowControl: boolean;
  readonly wire: WireFormat;
  readonly dialect: { readonly probe: unknown };
}

/** What it asks for as it goes. */
export interface LivenessEffects {
  /** With `resync` whatever half line the MCU still holds is ended first. */
  readonly probe: (resync: boolean) => void;
  readonly reopen: (rung: ReopeningRung) => void;
  readonly report: (report: Report) => void;
  /** Whether the MCU may be at work on a command that it was sent before `at`. */
  readonly isAtWork: (at: Instant, now: Instant) => boolean;
}
