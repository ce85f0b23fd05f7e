import { isUtf8 } from "node:buffer";
import type { Report } from "../core/report.ts";
import type { Source } from "../core/request.ts";
import type { BoardDownReason, Observation } from "../gateway/boundary.ts";
import { describeReport } from "../gateway/reports/catalogue.ts";
import type { Level } from "../runtime/logger.ts";
import { processTime } from "../runtime/time.ts";

/** Bytes as JSON can carry them: as text where they are UTF-8. */
export type Contents = { readonly text: string } | { readonly base64: string };

/** What the monitor and the flight recorder show of an observation: plain JSON, one line each (docs/schemas/monitor.schema.json). */
export type TraceEvent = {
  /** Of the wall clock, ISO 8601. */
  readonly time: string;
  /** The board's name; absent for what is no board's. */
  readonly board?: string;
} & (
  | {
      readonly kind: "request" | "response";
      readonly processId: string;
      /** Absent where the hub has sent the request. */
      readonly source?: Source;
      readonly byteCount: number;
      readonly contents?: Contents;
    }
  | {
      readonly kind: "line_out" | "line_in";
      readonly byteCount: number;
      /** The part of the line that is no payload: its sigil with the id or name behind it; the whole of a hello or a probe. */
      readonly head?: string;
      readonly contents?: Contents;
    }
  | { readonly kind: "session" | "link"; readonly isUp: boolean }
  /** Whether the hub passes on the requests of one of several boards, and why not. */
  | { readonly kind: "online"; readonly isUp: boolean; readonly reason?: BoardDownReason }
  | {
      readonly kind: "report";
      readonly level: Level;
      /** As in the log. */
      readonly text: string;
      readonly report: Exclude<Report, { kind: "mcu_log" }> | { readonly kind: "mcu_log"; readonly text: string };
    }
  /** How things are when a reader begins to watch, as `systemctl status` shows it. */
  | { readonly kind: "status"; readonly text: string }
  /** This reader is too slow: it was not sent so many. */
  | { readonly kind: "lost"; readonly count: number }
  /** The flight recorder has not kept so many before the next one. */
  | { readonly kind: "gap"; readonly count: number }
);

export interface TraceOptions {
  readonly time: string;
  /** The length of the payload or line, where the observation holds only its first bytes. */
  readonly byteCount?: number;
  /** Whether contents of payloads are shown. */
  readonly withContents: boolean;
  /** Whether lines are those of the line protocol, so that it is known what of them is no payload. */
  readonly hasHeads: boolean;
}

export function toTraceEvent(observation: Observation, options: TraceOptions): TraceEvent {
  const { time, withContents, hasHeads } = options;
  const contents = (bytes: Buffer) => (withContents ? { contents: contentsOf(bytes) } : {});
  switch (observation.kind) {
    case "request":
    case "response": {
      const { kind, board, processId, source, payload } = observation;
      const whose = source === undefined ? {} : { source };
      return {
        time,
        board,
        kind,
        processId,
        ...whose,
        byteCount: options.byteCount ?? payload.length,
        ...contents(payload),
      };
    }
    case "line_out":
    case "line_in": {
      const { kind, board, bytes } = observation;
      const head = hasHeads ? headOf(bytes) : undefined;
      const byteCount = options.byteCount ?? bytes.length;
      return { time, board, kind, byteCount, ...(head !== undefined && { head }), ...contents(bytes) };
    }
    case "session":
      return { time, kind: "session", isUp: observation.isUp };
    case "link":
      return { time, board: observation.board, kind: "link", isUp: observation.isUp };
    case "online":
      return { time, ...observation };
    case "report": {
      const { board, report } = observation;
      const { level, text } = describeReport(report);
      const plain = report.kind === "mcu_log" ? { kind: report.kind, text: report.bytes.toString() } : report;
      return { time, ...(board !== undefined && { board }), kind: "report", level, text, report: plain };
    }
    default:
      return observation satisfies never;
  }
}

/** The wall clock's time at an instant in ISO 8601, by what the wall clock says now. */
export function wallTime(at: number): string {
  return new Date(Date.now() - processTime.now() + at).toISOString();
}

function headOf(bytes: Buffer): string | undefined {
  // A hello with all its keys; an id has at most 32 characters. What spoils half lines before a probe says nothing.
  const charactersMax = 128;
  const line = bytes
    .toString("latin1", 0, charactersMax)
    .trim()
    .replace(/^\\!\\!\*F46E\n/, "");
  return /^([>~<!@][0-9A-Za-z_-]{1,32}(?=[ *]|$)|\?$|=rrpc\/[ -~]*$)/.exec(line)?.[0];
}

export function contentsOf(bytes: Buffer): Contents {
  return isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString("base64") };
}
