import type { Config } from "../config/load.ts";
import type { Instant } from "../core/instant.ts";
import type { Observation } from "../gateway/boundary.ts";
import { IncidentDetector } from "../gateway/incident.ts";
import { entryOf } from "../gateway/reports/catalogue.ts";
import { formatTrace } from "../observe/format-trace.ts";
import { boardOf, Recorder } from "../observe/recorder.ts";
import { type TraceEvent, toTraceEvent, wallTime } from "../observe/trace-event.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { type Incident, logOf } from "../runtime/logger.ts";
import type { Observer } from "./observer.ts";

/**
 * Of all boards together, each of which has one more at least: what a pipe holds, 64 KiB, has to take it in one piece, because nothing
 * is kept for a reader that is slow.
 */
const loggedMax = 400;

/** Keeps what passed of late, and what went before the first of many errors. */
export class FlightRecorder implements Observer {
  readonly #recorder = new Recorder();
  readonly #incidents = new IncidentDetector();
  readonly #log: CollapsingLog;
  #config: Config;

  constructor(config: Config, log: CollapsingLog) {
    this.#config = config;
    this.#log = log;
  }

  configure(config: Config): void {
    this.#config = config;
  }

  observe(observation: Observation, at: Instant): void {
    this.#recorder.record(observation, at);
    if (observation.kind !== "report") return;
    const { board, report } = observation;
    const { incident, beginsIncident } = entryOf(report);
    if (!beginsIncident || !this.#incidents.begins(board, at)) return;
    // Not before everything that this step has decided is done.
    setImmediate(() => this.#keepBeginning(incident, board));
  }

  forget(board: string): void {
    this.#recorder.forget(board);
    this.#incidents.forget(board);
  }

  /**
   * @param board only of this board and of what belongs to none; without it, of all
   * @param lastMax only so many of the latest of each board
   */
  recorded(which: { readonly board?: string; readonly lastMax?: number } = {}): readonly TraceEvent[] {
    // As in the log that is configured: contents on level debug only.
    const withContents = this.#config.log.level === "debug";
    return this.#recorder.entries(which).map((entry) => {
      const time = wallTime(entry.at);
      if (entry.kind === "gap") {
        const { board, count } = entry;
        return { time, ...(board !== undefined && { board }), kind: "gap", count };
      }
      const { observation, byteCount } = entry;
      return toTraceEvent(observation, {
        time,
        byteCount,
        withContents,
        hasHeads: hasHeads(this.#config, boardOf(observation)),
      });
    });
  }

  /** The latest of each board, of each as many. */
  latest(): readonly TraceEvent[] {
    return this.recorded({ lastMax: Math.ceil(loggedMax / this.#config.boards.length) });
  }

  /** Writes the latest of it to the log, of each board as many. */
  dump(why: string): void {
    const events = this.latest();
    this.#log.block([
      `flight recorder (${why}), the last ${events.length}:`,
      ...events.map((event) => `| ${formatTrace(event)}`),
    ]);
  }

  /**
   * The journal gets one line, because incidents may come all day for months; `recorded` has all of it. In memory, because
   * files wear out SD cards, need a place and rights, and who restarts a gateway has seldom looked before.
   */
  #keepBeginning(incident: Incident | undefined, board: string | undefined): void {
    this.#recorder.keep(board);
    const hasMonitor = this.#config.monitor.socket !== undefined;
    const how = hasMonitor ? "rrpc-gateway dump shows it" : "SIGUSR2 writes it to this log";
    const text = `flight recorder: what went before this error is kept, ${how}`;
    logOf(board, this.#log).say("info", "flight recorder", text, incident);
  }
}

/** Lines of firmware's own have no place where payloads are known not to be. */
export function hasHeads({ boards }: Config, board: string | undefined): boolean {
  return boards.find(({ name }) => name === board)?.serial.dialect === "rrpc";
}
