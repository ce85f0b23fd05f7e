/**
 * How a request can end, and the errors that callers see. RRPC has no error channel, so an error is a JSON payload
 * that cannot be mistaken for a reply: code, reason and executed are the contract, the message is for people.
 */

/** The codes are gRPC's: what a caller may conclude from each is settled there. */
export type ErrorCode =
  | "invalid_argument"
  | "permission_denied"
  | "resource_exhausted"
  | "unavailable"
  | "deadline_exceeded"
  | "aborted"
  | "failed_precondition"
  | "internal";

/** `no`: no byte of the command was handed to the serial port, or the MCU itself said that it did not do it. */
export type Executed = "no" | "unknown";

/**
 * Every reason with its code, with what it says about execution, and with what it means, for the people at the gateway; the table of
 * docs/errors.md is checked against it.
 */
export const reasons = {
  bad_process_id: { code: "invalid_argument", executed: "no", meaning: "the request's id cannot stand in a line" },
  bad_payload: { code: "invalid_argument", executed: "no", meaning: "the firmware's lines cannot carry this payload" },
  too_long: {
    code: "invalid_argument",
    executed: "no",
    meaning: "the command does not fit into the MCU's line, or into its deadline on the wire",
  },
  not_allowed: {
    code: "permission_denied",
    executed: "no",
    meaning: "the configuration does not allow callers to send this payload",
  },
  queue_full: { code: "resource_exhausted", executed: "no", meaning: "too many requests are waiting for this board" },
  serial_down: { code: "unavailable", executed: "no", meaning: "the serial port is not open" },
  mcu_stalled: { code: "unavailable", executed: "no", meaning: "the MCU has not answered for a while" },
  id_held: {
    code: "unavailable",
    executed: "no",
    meaning: "the hub used an id again whose first reply can still come",
  },
  released: {
    code: "unavailable",
    executed: "no",
    meaning: "somebody at the gateway has the serial port (`rrpc-gateway release`)",
  },
  stopping: { code: "unavailable", executed: "no", meaning: "the gateway is stopping" },
  queued_too_long: {
    code: "deadline_exceeded",
    executed: "no",
    meaning: "the request waited for its turn until too little time was left",
  },
  no_reply: {
    code: "deadline_exceeded",
    executed: "unknown",
    meaning: "the command was written, and no reply came in time",
  },
  write_stalled: {
    code: "deadline_exceeded",
    executed: "unknown",
    meaning: "the serial port did not take the whole command in time",
  },
  link_lost: {
    code: "aborted",
    executed: "unknown",
    meaning: "the serial port was lost while the command was in flight",
  },
  mcu_reset: { code: "aborted", executed: "unknown", meaning: "the MCU restarted while the command was in flight" },
  refused: { code: "failed_precondition", executed: "no", meaning: "the MCU refused the command" },
  unsupported_version: {
    code: "failed_precondition",
    executed: "no",
    meaning: "the MCU speaks another version of the line protocol",
  },
  reply_too_large: {
    code: "internal",
    executed: "unknown",
    meaning: "the MCU's reply is longer than a line or a response may be",
  },
} as const satisfies Record<string, { code: ErrorCode; executed: Executed; meaning: string }>;

export type Reason = keyof typeof reasons;

/** The reasons that are the gateway's own: all but the MCU's refusal. */
export type GatewayReason = Exclude<Reason, "refused">;

export type Outcome =
  | { readonly kind: "ok"; readonly payload: Buffer }
  | { readonly kind: "refused"; readonly mcuCode: string; readonly mcuText: string }
  | { readonly kind: "error"; readonly reason: GatewayReason; readonly why?: Why };

/**
 * What of several things a reason means. `wire`: the command alone takes longer on the wire than its deadline. `reply_line`: the
 * reply's line was longer than is read. `local_id`: the hub's request has an id of those that come from this machine.
 */
export type Why = "wire" | "reply_line" | "local_id";

/** What errors name: the board, and limits. */
export interface Limits {
  /** The request's own. */
  readonly deadlineMs: number;
  /** The MCU's own, or the configured one. */
  readonly lineBytesMax: number;
  readonly options: {
    /** Undefined where it needs no name. */
    readonly board: string | undefined;
    readonly queueMax: number;
    readonly replyBytesMax: number;
    readonly responseBytesMax: number;
  };
}

/**
 * Characters of a refusal's text: it is told twice, JSON may make six bytes of each, and the hub takes 16 KB. What is left is
 * enough for the rest of the error: the board's name has 32 characters at most.
 */
const mcuTextMax = 1024;

/**
 * What is published for `outcome`: the MCU's reply as it is, or the error as JSON.
 * @param leftMs what was left of the deadline when the command's turn came; undefined where it did not wait.
 */
export function responsePayload(outcome: Outcome, processId: string, limits: Limits, leftMs?: number): Buffer {
  const { board } = limits.options;
  switch (outcome.kind) {
    case "ok":
      return outcome.payload;
    case "refused": {
      const { mcuCode } = outcome;
      const mcuText = outcome.mcuText.slice(0, mcuTextMax);
      const message = mcuText === "" ? `the device refused: ${mcuCode}` : `the device refused: ${mcuCode}: ${mcuText}`;
      return errorPayload("mcu", "refused", { message, mcuCode, mcuText, processId, board });
    }
    case "error":
      return errorPayload("gateway", outcome.reason, {
        message: messageFor(outcome, limits, leftMs),
        processId,
        board,
      });
    default:
      return outcome satisfies never;
  }
}

/** Details that are undefined are left out. */
function errorPayload(
  source: "gateway" | "mcu",
  reason: Reason,
  details: Readonly<Record<string, string | undefined>>,
): Buffer {
  const { code, executed } = reasons[reason];
  return Buffer.from(JSON.stringify({ error: { source, code, reason, executed, ...details } }));
}

function messageFor({ reason, why }: Outcome & { kind: "error" }, limits: Limits, leftMs?: number): string {
  switch (reason) {
    case "bad_process_id":
      return why === "local_id"
        ? "the processID is of those that the gateway gives to requests from its own machine: L and six of 0-9 a-z"
        : "the processID is not 1 to 32 of 0-9 A-Z a-z _ -";
    case "bad_payload":
      return "no line that the device understands can carry this payload";
    case "too_long":
      return why === "wire"
        ? `the command alone takes longer on the serial line than the deadline of ${limits.deadlineMs} ms`
        : `the command does not fit into the device's line of ${limits.lineBytesMax} bytes`;
    case "not_allowed":
      return "the gateway's configuration does not allow this payload";
    case "queue_full":
      return `${limits.options.queueMax} requests are waiting for the device already`;
    case "serial_down":
      return "the serial line to the device is not open";
    case "mcu_stalled":
      return "the device does not answer";
    case "id_held":
      return "an earlier request with this processID can still be answered";
    case "released":
      return "somebody at the gateway uses the device, and gives it back";
    case "stopping":
      return "the gateway is stopping";
    case "queued_too_long":
      return `the request waited for the device until too little of its ${limits.deadlineMs} ms was left`;
    case "no_reply":
      return leftMs === undefined
        ? `the device did not answer within ${limits.deadlineMs} ms`
        : `the device did not answer within the ${leftMs} ms that were left of ${limits.deadlineMs} ms when the command was sent`;
    case "write_stalled":
      return "the serial line did not take the command";
    case "link_lost":
      return "the serial line was lost while the command was in flight";
    case "mcu_reset":
      return "the device restarted while the command was in flight";
    case "unsupported_version":
      return "the device speaks a version of the line protocol that the gateway does not know";
    case "reply_too_large":
      return why === "reply_line"
        ? `the device's reply is a line of more than serial.replyBytesMax (${limits.options.replyBytesMax} bytes)`
        : `the device's reply is larger than a response can be (${limits.options.responseBytesMax} bytes)`;
    default:
      return reason satisfies never;
  }
}
