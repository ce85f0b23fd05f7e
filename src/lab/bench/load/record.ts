import type { CallResult } from "../../hub/calls.ts";
import { isEcho } from "../echo.ts";

/** The gateway's own times of a request: from its arrival to its settlement, and how much of that it was queued. */
export interface GatewayTimes {
  readonly totalMs: number;
  /** Undefined if it was never written to the port. */
  readonly queueMs: number | undefined;
  /** Of its command, each time that it was written, and its answer. */
  readonly lineBytes: number;
}

/** Where the time of one request went. The parts add up to the total. */
export interface Split {
  /** Waiting for the MCU to be free. */
  readonly queueMs: number;
  /** The bytes of command and reply, at the baud rate. */
  readonly wireMs: number;
  /** The rest of the time from writing to settlement: the MCU, and adapter and drivers on the way. */
  readonly mcuMs: number;
  /** Hub, broker, network and gateway. */
  readonly gatewayMs: number;
}

/** One request that has ended. Times are milliseconds; `startMs` counts from the first one's arrival. */
export interface RequestRecord {
  readonly index: number;
  readonly processId: string | undefined;
  readonly payloadBytes: number;
  readonly startMs: number;
  readonly totalMs: number;
  /** "ok"; "wrong" for another request's reply; or the error's `code / reason`, or the hub's own code. */
  readonly outcome: string;
  /** Undefined if it did not end ok, or if the gateway's times for it are missing. */
  readonly split: Split | undefined;
}

/** How long bytes take on the serial line. */
export interface LineTiming {
  readonly bitsPerByte: number;
  readonly baudRate: number;
}

/** Splits a total by the gateway's times and by the time that the bytes take on the line. */
export function splitOf(totalMs: number, times: GatewayTimes, timing: LineTiming): Split {
  const queueMs = times.queueMs ?? times.totalMs;
  const flightMs = times.totalMs - queueMs;
  // A pseudo-terminal may be faster than its baud rate; no part is negative.
  const wireMs = Math.min(flightMs, (times.lineBytes * timing.bitsPerByte * 1000) / timing.baudRate);
  return { queueMs, wireMs, mcuMs: flightMs - wireMs, gatewayMs: Math.max(0, totalMs - times.totalMs) };
}

/** How a call ended. `echoed`: the command whose words behind it must come back; undefined where any reply is right. */
export function outcomeOf(result: CallResult, payload: string, echoed: string | undefined): string {
  if (result.kind === "failed") return result.code;
  const reply = result.payload.toString("utf8");
  const error = errorIn(reply);
  if (error !== undefined) return error;
  // A payload that is too short for a number is the command alone: nothing is to come back.
  if (echoed === undefined || !payload.startsWith(`${echoed} `)) return "ok";
  return isEcho(reply, echoed, payload.slice(echoed.length + 1)) ? "ok" : "wrong";
}

/** The outcome of a command that the board refused. */
export const refusal = "failed_precondition / refused";

/** The `code / reason` of an error in a payload; undefined for a reply. */
export function errorIn(reply: string): string | undefined {
  if (!reply.startsWith('{"error":')) return undefined;
  try {
    const { error } = JSON.parse(reply) as { readonly error: Readonly<Record<string, unknown>> };
    return `${error["code"]} / ${error["reason"]}`;
  } catch {
    return undefined;
  }
}
