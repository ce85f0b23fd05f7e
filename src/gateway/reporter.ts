import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { printable } from "../runtime/text.ts";
import type { Observation } from "./boundary.ts";
import { Counts } from "./counts.ts";
import { describeReport, entryOf } from "./reports/catalogue.ts";

export interface ReporterParts {
  readonly log: Log;
  /** Called with everything that passes, as it passes. */
  readonly observe: (observation: Observation, at: Instant) => void;
}

/** As much of a line as the monitor shows. */
const hiddenLineMax = 1000;

/** Tells counts, observers and log what happens to one board, or what belongs to no board. */
export class Reporter {
  readonly counts = new Counts();
  readonly log: Log;
  readonly #board: string | undefined;
  readonly #parts: ReporterParts;

  constructor(board: string | undefined, parts: ReporterParts) {
    this.#board = board;
    this.#parts = parts;
    this.log = logOf(board, parts.log);
  }

  observe(observation: Observation, at: Instant): void {
    this.#parts.observe(observation, at);
  }

  /** @param lineIn the line from the MCU that is being handled, if one is */
  report(report: Report, at: Instant, lineIn?: Buffer): void {
    const { log } = this;
    this.counts.add(report, at);
    this.observe({ kind: "report", board: this.#board, report }, at);
    const entry = entryOf(report);
    // Some reports come with each request, at level debug: to make a text that nobody sees took 4 % of a request's CPU time.
    if (log.shows?.(entry.level(report)) === false) return;
    const { level, key, text } = describeReport(report);
    log.say(level, key, text, entry.incident);
    if (entry.hidesLine === true && lineIn !== undefined && log.shows?.("debug") === true) {
      log.say("debug", "hidden line", `the line was: ${printable(lineIn.toString(), hiddenLineMax)}`);
    }
  }
}
