import type { CallResult } from "../../hub/calls.ts";
import { escapeBytes } from "../../mcu/codec.ts";

/** What the daemon has logged of a request: from its arrival to its settlement, and how long of that it was queued. */
export interface GatewayTimes {
  readonly totalMs: number;
  /** Undefined where it never was handed to the port. */
  readonly queueMs: number | undefined;
}

/** Where the time of one request went. All parts together are the total. */
export interface Split {
  /** Waiting for its turn at the MCU. */
  readonly queueMs: number;
  /** Its bytes and its reply's at the baud rate. */
  readonly wireMs: number;
  /** What is left of the time from writing to settling: the MCU, and the adapter and drivers on the way. */
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
  /** "ok", "wrong" for a reply that is not its own, else the error's `code / reason` or the hub's own code. */
  readonly outcome: string;
  /** Undefined where it did not end ok, or the daemon's log says nothing of it. */
  readonly split: Split | undefined;
}

/** How bytes are on the wire. */
export interface Wire {
  readonly bitsPerByte: number;
  readonly baudRate: number;
}

/** The bytes of a command or reply line: sigil, id, space, payload, LF; a checksum is 5 more. */
export function lineBytes(id: string, payload: Buffer): number {
  const space = payload.length > 0 ? 1 : 0;
  return 1 + id.length + space + escapeBytes(payload.toString("latin1")).length + 1;
}

/** Splits a total by what the daemon has logged and what the wire must have taken. */
export function splitOf(totalMs: number, times: GatewayTimes, bytes: number, wire: Wire): Split {
  const queueMs = times.queueMs ?? times.totalMs;
  const flightMs = times.totalMs - queueMs;
  // A pseudo-terminal may be faster than its baud rate says; no part is less than nothing.
  const wireMs = Math.min(flightMs, (bytes * wire.bitsPerByte * 1000) / wire.baudRate);
  return { queueMs, wireMs, mcuMs: flightMs - wireMs, gatewayMs: Math.max(0, totalMs - times.totalMs) };
}

/** What became of a call. `echoes`: whether the reply must have the request in it. */
export function outcomeOf(result: CallResult, payload: string, echoes: boolean): string {
  if (result.outcome === "failed") return result.code;
  const reply = result.payload.toString("utf8");
  const error = errorIn(reply);
  if (error !== undefined) return error;
  const words = payload.slice(payload.indexOf(" ") + 1);
  return echoes && reply !== payload && reply !== words ? "wrong" : "ok";
}

/** The outcome of a command that the board did not want to do. */
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
