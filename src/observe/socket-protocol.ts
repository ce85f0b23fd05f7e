/**
 * What passes through the monitor's socket and the control socket, in lines of JSON (docs/control.md). The first line from the client
 * is an order; what follows it is told beside each. With `board` it is about this board, and what belongs to none.
 */
import type { ProbeResult } from "../core/probe-result.ts";
import type { Contents, TraceEvent } from "./trace-event.ts";

/** An order may name the version that it is written for; one that names none is of version 1. */
export const protocolVersion = 1;

/** Who needs a port for longer than a day does not share it with a service. */
export const releaseMsMax = 86_400_000;

/** What changes nothing: both sockets take it. */
export type ReadingOrder = {
  readonly board?: string;
} /** Trace events as they happen, until the client leaves. At the control socket calls and probes may follow on the connection. */ & (
  | { readonly want: "watch"; readonly withContents: boolean }
  /** The trace events of the flight recorder, then the end. */
  | { readonly want: "dump" }
);

/** What uses a board: only the control socket takes it. */
export type UsingOrder =
  /** A request, which `answer` answers under the same `ref`; more of them, and probes, may follow on the connection. */
  | { readonly want: "call"; readonly board?: string; readonly payload: Contents; readonly ref?: number }
  /** The board is asked who it is; `probed` answers under the same `ref`. More probes and calls may follow on the connection. */
  | { readonly want: "probe"; readonly board?: string; readonly ref?: number }
  /** The board's port, for so long at most: `released` follows, and `release_over`. The end of the connection gives it back. */
  | { readonly want: "release"; readonly board?: string; readonly forMs: number };

export type Order = ReadingOrder | UsingOrder;

/** Why an order is not carried out. */
export type RefusalCode =
  /** It is none, or none of this version's. */
  | "unknown_order"
  | "unknown_version"
  | "unknown_board"
  /** There are several boards, and the order names none. */
  | "board_needed"
  /** The socket is the monitor's, which changes nothing. */
  | "read_only"
  /** Somebody has the board's port. */
  | "released_already"
  | "stopping"
  | "too_many_clients";

/** The last line: it says why the order is not carried out. */
export interface Refusal {
  readonly kind: "refused";
  readonly code: RefusalCode;
  readonly text: string;
  /** That of the call or probe that is not made, where it had one: those before it are, those after it are not. */
  readonly ref?: number;
}

/** The one answer to a call: the MCU's reply as it is, or the error that a caller in the cloud would get. */
export interface Answer {
  /** Of the wall clock, ISO 8601. */
  readonly time: string;
  readonly kind: "answer";
  readonly ref?: number;
  readonly processId: string;
  readonly payload: Contents;
  /** From the order's arrival in the gateway. */
  readonly ms: number;
}

/** What came of a probe. */
export interface Probed {
  /** Of the wall clock, ISO 8601. */
  readonly time: string;
  readonly kind: "probed";
  readonly ref?: number;
  readonly result: ProbeResult;
}

/** The port is the client's. */
export interface Released {
  readonly kind: "released";
  readonly board: string;
  readonly path: string;
  readonly baudRate: number;
  readonly forMs: number;
}

/** … and is to be given back, or is so already. */
export interface ReleaseOver {
  readonly kind: "release_over";
  /**
   * `time`: it is over, and the port is taken back when the connection ends, or 10 s later. `removed`: the gateway no longer has the
   * board; no other board is given its port until the connection ends. After the others the connection ends.
   */
  readonly why: "time" | "given_back" | "removed" | "stopping";
}

export type SocketMessage = TraceEvent | Refusal | Answer | Probed | Released | ReleaseOver;

/** An order that a client has sent; or why the line is none. */
export function readOrder(line: string): Order | Refusal {
  const order = parsed(line);
  if (typeof order !== "object" || order === null || !("want" in order)) return unknownOrder;
  const { version = protocolVersion, want, board, ref } = order as Readonly<Record<string, unknown>>;
  if (version !== protocolVersion) {
    const text = `this gateway speaks version ${protocolVersion} of the protocol of its sockets`;
    return { kind: "refused", code: "unknown_version", text };
  }
  if (board !== undefined && typeof board !== "string") return unknownOrder;
  const whose = board === undefined ? {} : { board };
  if (ref !== undefined && typeof ref !== "number") return unknownOrder;
  const which = ref === undefined ? {} : { ref };
  switch (want) {
    case "dump":
      return { want, ...whose };
    case "watch":
      return { want, withContents: "withContents" in order && order.withContents === true, ...whose };
    case "call": {
      const payload = "payload" in order ? readContents(order.payload) : undefined;
      return payload === undefined ? unknownOrder : { want, payload, ...whose, ...which };
    }
    case "probe":
      return { want, ...whose, ...which };
    case "release": {
      const forMs = "forMs" in order ? order.forMs : undefined;
      const isTime = typeof forMs === "number" && forMs >= 1 && forMs <= releaseMsMax;
      return isTime ? { want, forMs, ...whose } : unknownOrder;
    }
    default:
      return unknownOrder;
  }
}

const unknownOrder: Refusal = {
  kind: "refused",
  code: "unknown_order",
  text: "the gateway does not know this order",
};

function readContents(contents: unknown): Contents | undefined {
  if (typeof contents !== "object" || contents === null) return undefined;
  if ("text" in contents && typeof contents.text === "string") return { text: contents.text };
  if ("base64" in contents && typeof contents.base64 === "string") return { base64: contents.base64 };
  return undefined;
}

export function bytesOf(contents: Contents): Buffer {
  return "text" in contents ? Buffer.from(contents.text) : Buffer.from(contents.base64, "base64");
}

export function jsonLine(value: Order | SocketMessage): string {
  return `${JSON.stringify(value)}\n`;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
