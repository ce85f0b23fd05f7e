import { isDeepStrictEqual } from "node:util";
import type { Config } from "../config/load.ts";
import type { Instant } from "../core/instant.ts";
import { type Observation, soleBoard } from "../gateway/boundary.ts";
import { subjectOf } from "../gateway/subject-of.ts";
import { Episodes, isTrouble } from "../gateway/trouble.ts";
import type { Metrics } from "../observe/metrics/open.ts";
import { type Monitor, openMonitor } from "../observe/monitor.ts";
import { Recorder } from "../observe/recorder.ts";
import { type Sight, sightOf, wallTime } from "../observe/sight.ts";
import { sightText } from "../observe/sight-text.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import type { Subject } from "../runtime/logger.ts";
import { processTime } from "../runtime/time.ts";
import { factsOf } from "./facts-of.ts";

/** Those who look at the running gateway: the flight recorder always, monitor and metrics where they are configured. */
export interface Watch {
  readonly observe: (observation: Observation, at: Instant) => void;
  /** Takes what says how things are, in one line: the daemon knows it once it has been made. */
  tellsStatus(status: () => string): void;
  /** Writes what the flight recorder holds to the log. */
  dump(why: string): void;
  reload(config: Config): Promise<void>;
  stop(): Promise<void>;
}

export async function keepWatch(config: Config, version: string, log: CollapsingLog): Promise<Watch> {
  const recorder = new Recorder();
  const episodes = new Episodes();
  const isUp = { session: false, links: new Map([[soleBoard, false]]) };
  let current = config;
  let status: (() => string) | undefined;
  let monitor = monitorOf(config);
  let metrics = await metricsOf(config);

  function monitorOf({ monitor: { socket, access } }: Config): Monitor | undefined {
    return socket === undefined ? undefined : openMonitor({ socket, access, dump: recorded, state, log });
  }

  /** Their library is loaded where they are wanted only. */
  async function metricsOf(config: Config): Promise<Metrics | undefined> {
    const { metrics: options } = config;
    if (options.port === undefined && options.file === undefined) return undefined;
    const { openMetrics } = await import("../observe/metrics/open.ts");
    return openMetrics(options, isUp, factsOf(config.hub, version), log);
  }

  function recorded(): Sight[] {
    // As in the rest of the log: contents on level debug only.
    const withContents = current.log.level === "debug";
    return recorder.entries().map((entry) => {
      const time = wallTime(entry.at);
      if (entry.kind === "gap") return { time, kind: "gap", count: entry.count };
      const { observation, byteCount } = entry;
      return sightOf(observation, { time, byteCount, withContents, hasHeads: hasHeads(current) });
    });
  }

  function state(): Sight[] {
    const time = wallTime(processTime.now());
    return [
      { time, kind: "session", isUp: isUp.session },
      ...[...isUp.links].map(([board, isLinkUp]) => ({ time, board, kind: "link", isUp: isLinkUp }) as const),
      ...(status === undefined ? [] : [{ time, kind: "status", text: status() } as const]),
    ];
  }

  function dump(why: string): void {
    const sights = recorded();
    log.block([
      `flight recorder (${why}), the last ${sights.length}:`,
      ...sights.map((sight) => `| ${sightText(sight)}`),
    ]);
  }

  /**
   * The journal gets one line, because trouble may come all day for months; `recorded` has all of it. In memory, because
   * files wear out SD cards, need a place and rights, and who restarts a gateway has seldom looked before.
   */
  function keepTrouble(about: Subject | undefined, board: string | undefined): void {
    recorder.keep(board);
    const how = current.monitor.socket === undefined ? "SIGUSR2 writes it to this log" : "rrpc-gateway dump shows it";
    log.say("info", "flight recorder", `flight recorder: what went before this error is kept, ${how}`, about, board);
  }

  return {
    observe(observation, at) {
      recorder.record(observation, at);
      if (observation.kind === "session") isUp.session = observation.isUp;
      if (observation.kind === "link") isUp.links.set(observation.board, observation.isUp);
      metrics?.observe(observation);
      monitor?.tell((withContents) =>
        sightOf(observation, { time: wallTime(at), withContents, hasHeads: hasHeads(current) }),
      );
      if (observation.kind !== "report") return;
      const { board, report } = observation;
      if (!isTrouble(report) || !episodes.trouble(board, at)) return;
      const about = subjectOf(report);
      // Not before everything that this step has decided is done.
      setImmediate(() => keepTrouble(about, board));
    },
    tellsStatus(take) {
      status = take;
    },
    dump,
    async reload(config) {
      const before = current;
      current = config;
      if (!isDeepStrictEqual(before.monitor, config.monitor)) {
        await monitor?.close();
        monitor = monitorOf(config);
      }
      if (!isDeepStrictEqual(before.metrics, config.metrics)) {
        await metrics?.close();
        metrics = await metricsOf(config);
      } else metrics?.state(factsOf(config.hub, version));
    },
    async stop() {
      await Promise.all([monitor?.close(), metrics?.close()]);
    },
  };
}

/** Lines of firmware's own have no place where payloads are known not to be. */
function hasHeads({ serial }: Config): boolean {
  return serial.dialect === "rrpc";
}
