/**
 * What the gateway answers to an order: one JSON object, told from a board's reply by its key `remote`, from an error by the lack of
 * `error`. docs/schemas/remote-answer.schema.json has the same for programs.
 */

import type { Status } from "../observe/status.ts";
import type { TraceEvent } from "../observe/trace-event.ts";
import type { OrderedLevel } from "./order.ts";

/** Of the form of the answers. Keys may be added without another one. */
export const answerVersion = 1;

/** How many of what were left out, because a response can be no longer, by name. */
export type LeftOut = Readonly<Partial<Record<"boards" | "events" | "findings", number>>>;

interface Cut {
  /** Absent where nothing was. */
  readonly leftOut?: LeftOut;
}

/**
 * An order that may take longer than a request waits. The same order, asked again, is told the outcome; once it has been told, the
 * order is carried out anew.
 */
export type Progress<Outcome> =
  | { readonly state: "running"; readonly forMs: number }
  | ({ readonly state: "done"; readonly tookMs: number; readonly agoMs: number } & Outcome);

export type RemoteAnswer = { readonly remote: typeof answerVersion } & RemoteResult;

export type RemoteResult =
  | StatusResult
  | BoardsResult
  | DumpResult
  | LogResult
  | ({ readonly operation: "doctor" } & Progress<DoctorOutcome>)
  | ({ readonly operation: "reload" } & Progress<ReloadOutcome>)
  | ({ readonly operation: "probe"; readonly board: string } & Progress<ProbeOutcome>)
  | ({ readonly operation: "reopen"; readonly board: string } & Progress<ReopenOutcome>)
  | ({ readonly operation: "reset"; readonly board: string } & Progress<ResetOutcome>);

/** As the health socket tells it. */
export interface StatusResult extends Cut {
  readonly operation: "status";
  readonly isHealthy: boolean;
  /** What is wrong, or else the status: for people. */
  readonly text: string;
  readonly status: Status;
}

export interface BoardsResult extends Cut {
  readonly operation: "boards";
  readonly boards: readonly RemoteBoard[];
}

/** What a board is; how it is tells `status`. */
export interface RemoteBoard {
  readonly name: string;
  readonly device: { readonly productId: string; readonly deviceName: string };
  readonly serial: {
    readonly path: string;
    readonly baudRate: number;
    readonly dialect: string;
    readonly isUp: boolean;
  };
  /** Requests that are open now, whoever sent them. */
  readonly hasOpenRequest: boolean;
  readonly isReleased: boolean;
  /** What its MCU has said of itself last. */
  readonly hello?: string;
  /** What `reset` does to it, in words; absent where nothing is configured. */
  readonly reset?: string;
}

/** The newest trace events that fit, the latest last; without contents of payloads, and without what the MCU said in words. */
export interface DumpResult extends Cut {
  readonly operation: "dump";
  readonly events: readonly TraceEvent[];
}

/** The log's level is `level` for `forMs` from now on, then `configured` again. */
export interface LogResult {
  readonly operation: "log";
  readonly level: OrderedLevel;
  readonly forMs: number;
  readonly configured: string;
}

/** `status`: the worst state of its findings. */
export type DoctorOutcome =
  | ({ readonly result: "examined"; readonly status: string; readonly findings: readonly DoctorFinding[] } & Cut)
  | { readonly result: "failed"; readonly why: string };

export interface DoctorFinding extends Partial<FilePlace> {
  readonly id: string;
  readonly code: string;
  readonly state: string;
  readonly board?: string;
  readonly subject: string;
  readonly help?: string;
}

export type ReloadOutcome =
  /** `text`: what has changed, and what it cost. */
  | { readonly result: "taken"; readonly text: string }
  /** The old configuration goes on. */
  | ({ readonly result: "refused"; readonly findings: readonly ReloadFinding[] } & Cut)
  /** Another gateway at this machine serves the new configuration's device; the old configuration goes on. */
  | { readonly result: "device_taken" };

export interface ReloadFinding extends FilePlace {
  readonly severity: "fault" | "warning";
  readonly code: string;
}

/** Where in the configuration file, and which option: nothing of what stands there. */
export interface FilePlace {
  readonly line: number;
  readonly column: number;
  /** The option's dotted name; absent where it is none that there is. */
  readonly path?: string;
}

export type ProbeOutcome =
  /** `ms` is absent where the hello may not be this probe's answer. */
  | { readonly result: "answered"; readonly hello: string; readonly ms?: number }
  | { readonly result: "unanswered"; readonly waitedMs: number }
  | { readonly result: "not_sent"; readonly why: string };

export type ReopenOutcome =
  | { readonly result: "open" }
  /** `why` the port is not open again, by name, such as `no_device`; the gateway goes on trying. */
  | { readonly result: "closed"; readonly why: string };

export type ResetOutcome =
  | ReopenOutcome
  /** The port stayed open, and nothing was done. */
  | { readonly result: "not_possible" };
