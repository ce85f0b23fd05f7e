import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";
import type { Observation } from "../gateway/boundary.ts";
import { CrashDump, type CrashLine } from "./crash-dump.ts";
import { type Entry, TraceRing } from "./trace-ring.ts";

/** So many observations of a board are not kept any more. */
export interface Gap {
  readonly kind: "gap";
  /** Of the observation that follows. */
  readonly at: Instant;
  /** Undefined for what belongs to no board. */
  readonly board: string | undefined;
  readonly count: number;
}

/**
 * The flight recorder of one board: its last observations, those before its latest incident began, and what its MCU has said
 * after its latest restart.
 */
export class BoardRecorder {
  readonly #board: string | undefined;
  readonly #ring: TraceRing;
  /** What it held when the latest incident began. */
  #kept: TraceRing | undefined;
  /** Only of a board that has restarted. */
  #crashDump: CrashDump | undefined;
  /** The latest line from the MCU: a report of it may follow. */
  #lineIn: Buffer | undefined;
  #lineInNumber = 0;

  /** @param board undefined for what belongs to no board */
  constructor(board: string | undefined) {
    this.#board = board;
    this.#ring = new TraceRing(board);
  }

  record(observation: Observation, at: Instant): void {
    this.#ring.record(observation, at);
    if (observation.kind === "line_in") {
      this.#lineIn = observation.bytes;
      this.#lineInNumber = this.#ring.latestNumber;
    } else if (observation.kind === "report") this.#dumpReport(observation.report, at);
  }

  /** Keeps what it holds now until the next call. */
  keep(): void {
    this.#kept = this.#ring.copy();
  }

  /** From the oldest to the latest. What is missing is counted, before the first as well. */
  entries(): readonly (Entry | Gap)[] {
    const ring = this.#ring.entries();
    const ringStart = ring[0]?.number ?? 0;
    const crashLines = new Map(
      (this.#crashDump?.lines() ?? []).map((line) => [line.number, crashEntry(this.#board ?? "", line)]),
    );
    const kept = (this.#kept?.entries() ?? []).map((entry) => [entry.number, entry] as const);
    const older = new Map([...kept, ...crashLines]);
    const all = [...[...older.values()].filter(({ number }) => number < ringStart), ...ring]
      .map((entry) => crashLines.get(entry.number) ?? entry)
      .sort((one, other) => one.number - other.number);
    return all.flatMap((entry, index) => {
      const before = all[index - 1];
      const count = entry.number - (before?.number ?? -1) - 1;
      // The line that one of them came as lies between any two.
      const isWithinDump = crashLines.has(entry.number) && before !== undefined && crashLines.has(before.number);
      return count === 0 || isWithinDump ? [entry] : [{ kind: "gap", at: entry.at, board: this.#board, count }, entry];
    });
  }

  #dumpReport(report: Report, at: Instant): void {
    if (report.kind === "mcu_restarted") {
      this.#crashDump ??= new CrashDump();
      this.#crashDump.restarted(at);
    } else if (report.kind === "mcu_log_hidden" && this.#lineIn !== undefined) {
      this.#crashDump?.take({ bytes: this.#lineIn, at, number: this.#lineInNumber, isHidden: true });
    } else if (report.kind === "mcu_log") {
      this.#crashDump?.take({ bytes: report.bytes, at, number: this.#ring.latestNumber, isHidden: false });
    }
  }
}

function crashEntry(board: string, { number, at, bytes, isHidden }: CrashLine): Entry {
  const observation: Observation = isHidden
    ? { kind: "line_in", board, bytes }
    : { kind: "report", board, report: { kind: "mcu_log", bytes } };
  return { kind: "entry", number, at, byteCount: bytes.length, observation };
}
