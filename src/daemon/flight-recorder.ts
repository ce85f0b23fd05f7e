import type { Config } from "../config/load.ts";
import type { Instant } from "../core/instant.ts";
import type { Observation } from "../gateway/boundary.ts";
import { IncidentDetector } from "../gateway/incident.ts";
import { entryOf } from "../gateway/reports/catalogue.ts";
import { formatTrace } from "../observe/format-trace.ts";
import { Recorder } from "../observe/recorder.ts";
import { type TraceEvent, toTraceEvent, wallTime } from "../observe/trace-event.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import type { Incident } from "../runtime/logger.ts";
import type { Observer } from "./observer.ts";

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

  recorded(): readonly TraceEvent[] {
    // As in the rest of the log: contents on level debug only.
    const withContents = this.#config.log.level === "debug";
    return this.#recorder.entries().map((entry) => {
      const time = wallTime(entry.at);
      if (entry.kind === "gap") return { time, kind: "gap", count: entry.count };
      const { observation, byteCount } = entry;
      return toTraceEvent(observation, {
        time,
        byteCount,
        withContents,
        hasHeads: hasHeads(this.#config, boardOf(observation)),
      });
    });
  }

  /** Writes it to the log. */
  dump(why: string): void {
    const events = this.recorded();
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
    this.#log.say(
      "info",
      "flight recorder",
      `flight recorder: what went before this error is kept, ${how}`,
      incident,
      board,
    );
  }
}

/** Lines of firmware's own have no place where payloads are known not to be. */
export function hasHeads({ boards }: Config, board: string | undefined): boolean {
  return boards.find(({ name }) => name === board)?.serial.dialect === "rrpc";
}

/** Whose it is; undefined for what is no board's. */
export const boardOf = (observation: Observation) => (observation.kind === "session" ? undefined : observation.board);
