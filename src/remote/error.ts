/** Errors of the gateway as the one that is asked: in the same form as those of boards, with reasons of their own where those do not fit. */
import type { ErrorCode, Executed } from "../core/outcome.ts";
import type { RemoteRefusal } from "../core/report.ts";
import type { Operation } from "./order.ts";

export const remoteReasons = {
  bad_payload: { code: "invalid_argument", executed: "no", meaning: "the payload is no order to the gateway" },
  no_such_board: { code: "invalid_argument", executed: "no", meaning: "the gateway has no board of this name" },
  not_allowed: {
    code: "permission_denied",
    executed: "no",
    meaning: "`remote.allow` in the gateway's configuration does not list this order",
  },
  too_often: {
    code: "resource_exhausted",
    executed: "no",
    meaning: "more orders came than `remote.perMinuteMax` allows",
  },
  released: {
    code: "unavailable",
    executed: "no",
    meaning: "somebody at the gateway has the serial port (`rrpc-gateway release`)",
  },
  stopping: { code: "unavailable", executed: "no", meaning: "the gateway is stopping" },
  in_flight: {
    code: "failed_precondition",
    executed: "no",
    meaning: "the board is at work on requests, which a reset would cut off",
  },
  not_configured: {
    code: "failed_precondition",
    executed: "no",
    meaning: "the configuration has nothing that resets this board (`serial.recovery`)",
  },
} as const satisfies Record<RemoteRefusal, { code: ErrorCode; executed: Executed; meaning: string }>;

/** What an error names beside its reason. */
export interface RemoteErrorDetails {
  /** Nothing of the payload. */
  readonly message: string;
  readonly processId: string;
  /** Undefined where the payload is no order. */
  readonly operation: Operation | undefined;
  readonly board: string | undefined;
}

/** The payload of an error. */
export function remoteError(
  reason: RemoteRefusal,
  { message, processId, operation, board }: RemoteErrorDetails,
): Buffer {
  const { code, executed } = remoteReasons[reason];
  const error = { source: "gateway", code, reason, executed, message, processId, operation, board };
  return Buffer.from(JSON.stringify({ error }));
}
