/**
 * What the page's server tells browsers: four times a second at most, a whole picture as JSON, bounded whatever happens, so that a
 * browser that missed some needs only the next one. Times are ISO 8601, durations in ms.
 */
import type { Executed, Reason } from "../core/outcome.ts";

export interface Frame {
  readonly time: string;
  /** Since when the figures count. */
  readonly since: string;
  /** Why nothing comes from the gateway just now, in words; absent while it is watched. */
  readonly away?: string;
  /** Undefined until the gateway has told. */
  readonly session?: { readonly isUp: boolean; readonly since: string };
  readonly boards: readonly BoardFigures[];
  /** The latest, the youngest first. */
  readonly calls: readonly Call[];
  /** So many calls have come since the frame before beyond those that `calls` can show. */
  readonly hiddenCallCount: number;
  readonly latency: Latency;
  readonly outcomes: readonly OutcomeCount[];
  /** What happened to session, ports and MCUs, and what the log warns of, the youngest first. */
  readonly incidents: readonly Incident[];
  /** Whether contents of lines may be asked for. */
  readonly allowsContents: boolean;
}

export interface BoardFigures {
  readonly name: string;
  /** Absent for the board of a file that has only one. */
  readonly shownName?: string;
  readonly state: BoardState;
  /** The state in words. */
  readonly text: string;
  readonly since: string;
  /** What its MCU has said of itself. */
  readonly hello?: string;
  readonly openCount: number;
  readonly okCount: number;
  readonly errorCount: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
}

/** `unknown`: nothing of it has been seen yet. */
export type BoardState = "unknown" | "serves" | "ill" | "away";

/** One request: its time is the sum of its parts. While it is open its end is not known. */
export interface Call {
  readonly board: string;
  readonly processId: string;
  readonly time: string;
  readonly outcome: "open" | "ok" | Reason;
  readonly totalMs: number;
  /** Absent while it is open. */
  readonly deadlineMs?: number;
  /** Until its command was handed to the port; absent where it never was. */
  readonly queueMs?: number;
  /** What command and answer take on the wire, computed. */
  readonly wireMs?: number;
}

/** Of the latest `count` calls that an MCU has answered. */
export interface Latency {
  readonly count: number;
  /** Each from the end of the one before to `toMs`. */
  readonly buckets: readonly { readonly toMs: number; readonly count: number }[];
  readonly p50Ms?: number;
  readonly p90Ms?: number;
  readonly p99Ms?: number;
  readonly maxMs?: number;
}

export interface OutcomeCount {
  readonly outcome: "ok" | Reason;
  readonly count: number;
  /** What it means; absent for `ok`. */
  readonly meaning?: string;
  readonly executed?: Executed;
}

export interface Incident {
  readonly time: string;
  readonly board?: string;
  readonly level: "good" | "info" | "warn" | "error";
  readonly text: string;
}

/** The last lines of one board, the oldest first: what `/lines` answers. */
export interface Lines {
  readonly lines: readonly Line[];
}

export interface Line {
  readonly time: string;
  readonly direction: "to_mcu" | "from_mcu";
  readonly byteCount: number;
  /** Its contents where they may be shown; otherwise what is no payload of it. */
  readonly text: string;
}
