// What the outcome of a call means: whether the command can have been carried out, and what to do. Pure.
import type { RrpcResult } from "./publish-rrpc.ts";

/** `no`: calling again is safe. `unknown`: it may have been done. */
export type Executed = "no" | "unknown";

/** An outcome as people and programs are told of it. */
export type CallOutcome =
  | { readonly kind: "answered"; readonly payload: Buffer; readonly processId: string }
  | {
      readonly kind: "failed";
      /** Who says so: the gateway, the MCU, the cloud's API, or this program, which got no answer from it. */
      readonly source: "gateway" | "mcu" | "api" | "caller";
      /** Which of the gateway's boards it is about; absent where the gateway has only one, and where no board is meant. */
      readonly board?: string;
      readonly code: string;
      /** Empty where the source knows only codes. */
      readonly reason: string;
      readonly executed: Executed;
      readonly message: string;
      /** One sentence: what to do. */
      readonly advice: string;
    };

/** What to do about each reason of the gateway's errors; docs/errors.md says the same. */
export const reasonAdvice: Readonly<Record<string, string>> = {
  bad_process_id: "Do not call again; check what publishes such requests.",
  bad_payload: "Do not call again; send a payload that the firmware's lines can carry.",
  too_long: "Do not call again; send less, or send it in parts.",
  not_allowed: "Do not call again; ask the operator to allow this payload.",
  queue_full: "Call again after growing waits; make fewer calls at once.",
  serial_down: "Call again in a few seconds; tell the operator if it persists.",
  mcu_stalled: "Call again in a few seconds; tell the operator if it persists.",
  id_held: "Call again at once: the next call has another id.",
  released: "Call again in a few minutes; tell the operator if it persists.",
  stopping: "Call again in a few seconds.",
  queued_too_long: "Call again; make fewer calls at once if it happens often.",
  no_reply: "Ask the device for its state first.",
  write_stalled: "Ask the device for its state first.",
  link_lost: "Ask the device for its state first, when it is back.",
  mcu_reset: "Ask the device for its state first: it has restarted.",
  refused: "Act on its code: `busy`, for example, may end by itself. Calling again is safe.",
  unsupported_version: "Do not call again; update the gateway or the firmware.",
  reply_too_large: "Do not call again; ask for less.",
};

/** The same about orders to the gateway itself, whose errors have the same form; docs/remote.md says the same. */
export const remoteAdvice: Readonly<Record<string, string>> = {
  bad_payload: "The message says what an order looks like.",
  no_such_board: "Ask for `boards`.",
  not_allowed: "Have the operator list it, or do without.",
  too_often: "Wait some seconds; look who else sends orders.",
  released: "Wait until it is given back; `status` says who has it.",
  stopping: "Send it again when the device is online.",
  in_flight: "Send it again; pause the callers of this board if they never do.",
  not_configured: "Configure a way, or try `reopen`.",
};

/** Whether it was carried out, for people: where the contract says `unknown`, the device's reply may show that it was. */
export function executionText({ executed, reason }: { readonly executed: Executed; readonly reason: string }): string {
  if (reason === "reply_too_large")
    return "It was carried out: the device replied, but the reply is too long to be passed on.";
  return executed === "no" ? "It was not carried out." : "It may have been carried out.";
}

/** The key is right, and its user may not call this. */
const grant = "The key is right, but it may not do this: let its owner grant iotcloud:PublishRRPCMessage to its user.";

/** The first beginning of a code that fits counts; the API's codes are `Kind` or `Kind.Detail`. docs/errors.md has them too. */
export const codeAdvice: readonly (readonly [prefix: string, executed: Executed, advice: string])[] = [
  [
    "FailedOperation.DeviceOffline",
    "no",
    "Look at the gateway: it is not connected to the hub, or reports this device offline (docs/boards.md).",
  ],
  ["FailedOperation.DeviceNoSubscription", "no", "Call again in a few seconds: the gateway is about to subscribe."],
  ["FailedOperation.DeviceAlreadyDisabled", "no", "Enable the device in the console."],
  ["FailedOperation.RRPCTimeout", "unknown", "Ask the device for its state first; look at the gateway's network."],
  ["ResourceNotFound.DeviceNotExist", "no", "Check --product, --device and --region."],
  ["InvalidParameterValue.PayloadOverLimit", "no", "Send less, or parts."],
  ["AuthFailure.SignatureExpire", "no", "Set this machine's clock."],
  [
    "AuthFailure.SecretIdNotFound",
    "no",
    "Check the SecretId: the API knows no such key; a temporary one ends by itself.",
  ],
  ["AuthFailure.SignatureFailure", "no", "Check the SecretKey: it does not belong to the SecretId."],
  [
    "AuthFailure.TokenFailure",
    "no",
    "Get new temporary credentials: their session token has expired or is another key's.",
  ],
  ["AuthFailure.InvalidAuthorization", "no", "Check the key: this API wants a signed request."],
  ["AuthFailure.UnauthorizedOperation", "no", grant],
  ["AuthFailure", "no", "Check the key."],
  ["MissingParameter", "no", "Check the key: an unsigned request lacks parameters of a signed one."],
  ["UnauthorizedOperation", "no", grant],
  ["UnsupportedRegion", "no", "Name the product's region with --region."],
  ["RequestLimitExceeded", "no", "Call less often: the API takes 20 calls a second."],
  ["LimitExceeded", "no", "Call less often."],
  ["ResourceNotFound", "no", "Check --product, --device and --region."],
  ["InvalidParameter", "no", "Check --product and --device."],
];

/**
 * Reads the outcome of a call: an error of the gateway comes as a reply's payload.
 * @param adviceFor what to do about each reason of such an error
 */
export function outcomeOf(result: RrpcResult, adviceFor: Readonly<Record<string, string>> = reasonAdvice): CallOutcome {
  switch (result.kind) {
    case "replied":
      return (
        gatewayError(result.payload, adviceFor) ?? {
          kind: "answered",
          payload: result.payload,
          processId: result.processId,
        }
      );
    case "api_error": {
      const [, executed, advice] = codeAdvice.find(([prefix]) => result.code.startsWith(prefix)) ?? [];
      return {
        kind: "failed",
        source: "api",
        code: result.code,
        reason: "",
        // Of a code that nobody has heard of nothing can be promised.
        executed: executed ?? "unknown",
        message: result.message,
        advice: advice ?? "Ask the device for its state first; look the code up in the API's documentation.",
      };
    }
    case "unreachable":
      return ownError("unreachable", "no", result.message, "Check --url and the network: nothing was sent.");
    case "unanswered":
      return ownError("unanswered", "unknown", result.message, "Ask the device for its state first.");
    default:
      return result satisfies never;
  }
}

function ownError(code: string, executed: Executed, message: string, advice: string): CallOutcome {
  return { kind: "failed", source: "caller", code, reason: "", executed, message, advice };
}

/** The gateway's error in a payload: an object with the one key `error`, which holds code, reason and executed. */
function gatewayError(payload: Buffer, adviceFor: Readonly<Record<string, string>>): CallOutcome | undefined {
  const text = payload.toString("utf8");
  if (!text.startsWith('{"error":')) return undefined;
  const error = errorIn(text);
  if (error === undefined) return undefined;
  const { source, board, code, reason, executed, message = "" } = error;
  if (source !== "gateway" && source !== "mcu") return undefined;
  if (executed !== "no" && executed !== "unknown") return undefined;
  if (code === undefined || reason === undefined) return undefined;
  const known = Object.hasOwn(adviceFor, reason) ? adviceFor[reason] : undefined;
  const advice = known ?? (executed === "no" ? "Call again." : "Ask the device for its state first.");
  const whose = board === undefined ? {} : { board };
  return { kind: "failed", source, ...whose, code, reason, executed, message, advice };
}

/** The texts of the error; undefined for JSON that only looks like one. */
function errorIn(text: string): Readonly<Record<string, string | undefined>> | undefined {
  try {
    const { error } = JSON.parse(text) as { readonly error: unknown };
    if (typeof error !== "object" || error === null) return undefined;
    return Object.fromEntries(Object.entries(error).filter(([, value]) => typeof value === "string"));
  } catch {
    return undefined;
  }
}
