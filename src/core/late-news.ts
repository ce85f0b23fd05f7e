/**
 * What the gateway itself publishes with the MCU's events: what became of commands after their errors. It has the key `gateway`, which
 * no event of an MCU has. docs/events.md has the shapes.
 */
import type { Outcome } from "./outcome.ts";

/** What the MCU has said of a command whose caller had been given an error before. */
export interface LateReply {
  readonly processId: string;
  /** How long after the error. */
  readonly lateMs: number;
  readonly outcome: Exclude<Outcome, { readonly kind: "error" }>;
  /** Other lines of the answer are lost: what is left of it is not told. */
  readonly isTorn: boolean;
}

/** As many as the widest window, and as a hub's message of 16 KB holds with room, at 35 bytes each. */
const unansweredMax = 256;

export function lateReplyEvent({ processId, lateMs, outcome, isTorn }: LateReply, board: string | undefined): Buffer {
  const told = { gateway: "late_reply", board, processId, lateMs: Math.round(lateMs) };
  if (outcome.kind === "refused") {
    const { mcuCode, mcuText } = outcome;
    return json({ ...told, outcome: "refused", mcuCode, mcuText });
  }
  return json({ ...told, outcome: "ok", ...(isTorn ? { isPartial: true } : payloadFields(outcome.payload)) });
}

/** @param processIds of commands that it had not answered, the newest last: those are told */
export function restartEvent(processIds: readonly string[], board: string | undefined): Buffer {
  return json({ gateway: "mcu_restarted", board, unanswered: processIds.slice(-unansweredMax) });
}

/** `payload` for UTF-8 text, else `payloadBase64`. */
export function payloadFields(payload: Buffer): { readonly payload: string } | { readonly payloadBase64: string } {
  const text = payload.toString();
  return Buffer.from(text).equals(payload) ? { payload: text } : { payloadBase64: payload.toString("base64") };
}

/** What is undefined is left out. */
function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
