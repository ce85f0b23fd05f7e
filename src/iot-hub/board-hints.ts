/** Why a board gets no requests while the session is up, in words, and what a person can do about it. */

import type { BoardDownReason } from "../gateway/boundary.ts";

export type { BoardDownReason };

export interface BoardDownText {
  /** The reason by a name for programs, with the operation and the hub's code: `refused online -1`. */
  readonly name: string;
  /** `info` where it is as somebody wants it. */
  readonly level: "info" | "warn";
  /** What happened. */
  readonly what: string;
  /** What to do; undefined where nothing has to be done. */
  readonly advice?: string;
}

export function describeBoardDown(reason: BoardDownReason): BoardDownText {
  switch (reason.kind) {
    case "no_answer":
      return warning(
        `no_answer ${reason.operation}`,
        `the hub did not answer: ${asked[reason.operation]}`,
        "it is asked again. A broker of your own does not know sub-devices",
      );
    case "refused": {
      const { what, advice } = describeCode(reason.code);
      return warning(
        `refused ${reason.operation} ${reason.code}`,
        `the hub refuses to ${asked[reason.operation]}: code ${reason.code}, ${what}`,
        advice,
      );
    }
    case "not_permitted":
      return warning(
        "not_permitted",
        "the hub refuses its requests: SUBACK 128",
        "in the console, permit the RRPC topics for the sub-device's product, and check that the session has at most 100 subscriptions",
      );
    case "not_a_gateway":
      return warning(
        "not_a_gateway",
        "the hub refuses the results of operations: SUBACK 128",
        "check in the console that the product of the gateway's own device is a gateway product",
      );
    case "unbound":
      return warning("unbound", "it was unbound in the console", "bind it there again, and its requests come");
    case "absent":
      return { name: "absent", level: "info", what: "reported offline to the hub, because the board is away" };
    default:
      return reason satisfies never;
  }
}

/** The reason with this name; undefined where none has it. */
export function boardDownNamed(name: string): BoardDownReason | undefined {
  const [kind = "", operation, code] = name.split(" ");
  switch (kind) {
    case "no_answer":
      return operation === "online" || operation === "bind" || operation === "subscribe"
        ? { kind, operation }
        : undefined;
    case "refused":
      return operation === "online" || operation === "bind" ? { kind, operation, code: Number(code) } : undefined;
    case "not_permitted":
    case "not_a_gateway":
    case "unbound":
    case "absent":
      return { kind };
    default:
      return undefined;
  }
}

const asked = {
  online: "report it online",
  bind: "bind it to this gateway",
  subscribe: "subscribe its requests",
} as const;

/** A code of a result, in words. */
export function describeCode(code: number): { readonly what: string; readonly advice: string } {
  return codes[code] ?? { what: "a code that is not documented", advice: "ask the support of IoT Hub" };
}

/** IoT Hub's codes of operations on sub-devices. */
const codes: Readonly<Record<number, { readonly what: string; readonly advice: string }>> = {
  [-1]: {
    what: "it is not bound to this gateway",
    advice: "bind it in the console, or give its secret in device.secretFile, and the gateway binds it",
  },
  [-2]: { what: "a system error of the hub", advice: "nothing to do: it is asked again" },
  801: { what: "bad parameters", advice: "check its productId and deviceName" },
  802: { what: "there is no such device", advice: "check its productId and deviceName, or create it in the console" },
  803: {
    what: "a bad signature",
    advice: "check its secret: it is the sub-device's own, as the console shows it, and not the gateway's",
  },
  804: { what: "the hub does not know the sign method", advice: "report this: the gateway signs with hmacsha256" },
  805: { what: "the signature has expired", advice: "set the clock of this machine (NTP)" },
  806: { what: "it is bound already, to another gateway", advice: "unbind it there in the console" },
  807: {
    what: "it cannot be bound",
    advice: "check in the console that its product is one for sub-devices, and may stand behind this gateway's product",
  },
  808: {
    what: "it is not allowed",
    advice: "check in the console that the gateway may bind, and has fewer than 500 sub-devices",
  },
  809: { what: "it is bound already", advice: "nothing to do: it is asked again" },
  810: { what: "not supported", advice: "check in the console that the gateway's product is a gateway product" },
};

function warning(name: string, what: string, advice: string): BoardDownText {
  return { name, level: "warn", what, advice };
}
