import type { Instant } from "../core/instant.ts";
import type { DropName, Report } from "../core/report.ts";
import type { Clock } from "../runtime/clock.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { printable } from "../runtime/text.ts";
import type { Observation } from "./boundary.ts";
import { Counts } from "./counts.ts";
import { describeReport } from "./describe.ts";
import { subjectOf } from "./subject-of.ts";

export interface ReporterParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Called with everything that passes, as it passes. */
  readonly observe: (observation: Observation, at: Instant) => void;
}

/** Tells observers, counts and log what happens to one board, or what is no board's. */
export class Reporter {
  readonly counts = new Counts();
  readonly log: Log;
  readonly #board: string | undefined;
  readonly #parts: ReporterParts;

  constructor(board: string | undefined, parts: ReporterParts) {
    this.#board = board;
    this.#parts = parts;
    this.log = board === undefined ? parts.log : logOf(board, parts.log);
  }

  observe(observation: Observation): void {
    this.#parts.observe(observation, this.#parts.clock.now());
  }

  /** @param lineIn the line from the MCU that is being handled, if one is */
  report(report: Report, lineIn?: Buffer): void {
    const { log } = this;
    this.counts.add(report, this.#parts.clock.now());
    this.observe({ kind: "report", board: this.#board, report });
    // One for each request or line, and said at debug: making a text that nobody sees took 4 % of a request's CPU.
    if (isRoutine(report) && log.shows?.("debug") === false) return;
    const { level, key, text } = describeReport(report);
    log.say(level, key, text, subjectOf(report));
    if (hidesLine(report) && lineIn !== undefined && log.shows?.("debug") === true) {
      log.say("debug", "hidden line", `the line was: ${printable(lineIn.toString(), hiddenLineMax)}`);
    }
  }
}

/** As much of a line as the monitor shows. */
const hiddenLineMax = 1000;

const lineDrops: ReadonlySet<DropName> = new Set([
  "late_reply",
  "second_reply",
  "stray_reply",
  "damaged_line",
  "malformed_line",
  "misframed_reply",
  "misframed_hello",
  "misframed_event",
  "echoed_line",
  "unpublished_event",
] satisfies DropName[]);

/** Whether it tells of a line without what it says. */
function hidesLine(report: Report): boolean {
  return report.kind === "mcu_log_hidden" || (report.kind === "dropped" && lineDrops.has(report.name));
}

/** What is said at debug, and may come with each request. */
function isRoutine(report: Report): boolean {
  if (report.kind === "settled") return report.outcome === "ok";
  return report.kind === "bytes_skipped" && report.around === undefined;
}
