import type { BoardDownReason, Observation } from "../../gateway/boundary.ts";
import { entryOf } from "../../gateway/reports/catalogue.ts";
import { shownName } from "../../runtime/board-name.ts";
import { offlineReasons } from "./catalogue.ts";
import type { Facts } from "./facts.ts";
import { processStart } from "./process-start.ts";
import { MetricRegistry } from "./registry.ts";
import { ReportMeter } from "./report-meter.ts";

/** Whether a connection is up when counting begins. */
export interface State {
  readonly session: boolean;
  /** By board; it names all boards. */
  readonly links: ReadonlyMap<string, boolean>;
}

export interface Instruments {
  observe(observation: Observation): void;
  /** Begins to count a board, with 0 and its link down; one that is counted already goes on. */
  addBoard(board: string): void;
  /** Removes what was counted of a board that is gone. */
  forget(board: string): void;
  /** Replaces the facts. */
  state(facts: Facts): void;
  loopLag(ms: number): void;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
  /** Its media type. */
  readonly contentType: string;
}

/** Moves every metric of the catalogue; which of them a report moves stands in its entry. */
export function createInstruments(state: State, facts: Facts): Instruments {
  const registry = new MetricRegistry();
  const sessionUp = registry.gauge("sessionUp");
  const sessionChanges = registry.counter("sessionChanges");
  const linkUp = registry.gauge("linkUp");
  const linkChanges = registry.counter("linkChanges");
  const boardOnline = registry.gauge("boardOnline");
  const boardOffline = registry.gauge("boardOffline");
  const lines = registry.counter("lines");
  const lineBytes = registry.counter("lineBytes");
  const loopLag = registry.histogram("loopLag");
  const build = registry.gauge("build");
  const certificateEnd = registry.gauge("certificateEnd");
  const startOfProcess = processStart();
  const meters = new Map<string | undefined, ReportMeter>();
  let isSessionUp = state.session;
  const links = new Map<string, boolean>();

  registry.startAtZero(undefined);
  sessionUp.set(Number(isSessionUp));
  for (const [board, isUp] of state.links) addBoard(board, isUp);
  stateFacts(facts);

  function addBoard(board: string, isUp = false): void {
    if (links.has(board)) return;
    registry.startAtZero(board);
    links.set(board, isUp);
    linkUp.set({ board }, Number(isUp));
    meterOf(board).set("mcuUp", 1);
    meterOf(board).set("mcuProbesOnly", 0);
    meterOf(board).set("released", 0);
    setOnline(board, false);
  }

  function meterOf(board: string | undefined): ReportMeter {
    const known = meters.get(board);
    if (known !== undefined) return known;
    const meter = new ReportMeter(registry, board);
    meters.set(board, meter);
    return meter;
  }

  function sessionChanged(isUp: boolean): void {
    // A failed attempt ends too, and was never up.
    if (isSessionUp === isUp) return;
    isSessionUp = isUp;
    if (!isUp) for (const board of links.keys()) setOnline(board, false);
    sessionUp.set(Number(isUp));
    sessionChanges.inc({ to: isUp ? "up" : "down" });
  }

  function linkChanged(board: string, isUp: boolean): void {
    if (links.get(board) === isUp) return;
    links.set(board, isUp);
    linkUp.set({ board }, Number(isUp));
    linkChanges.inc({ board, to: isUp ? "up" : "down" });
  }

  function setOnline(board: string, isUp: boolean, reason?: BoardDownReason): void {
    if (shownName(board) === undefined) return;
    boardOnline.set({ board }, Number(isUp));
    for (const name of offlineReasons) boardOffline.set({ board, reason: name }, Number(name === reason?.kind));
  }

  function line(board: string, direction: "to_mcu" | "from_mcu", bytes: Buffer): void {
    const labels = { board, direction };
    lines.inc(labels);
    lineBytes.inc(labels, bytes.length);
  }

  function stateFacts({ version, product, device, certificateExpiresAtMs }: Facts): void {
    build.reset();
    build.set({ version, product, device }, 1);
    // Without one there is no sample: 0 would be a certificate that ran out in 1970.
    if (certificateExpiresAtMs === undefined) certificateEnd.remove();
    else certificateEnd.set(certificateExpiresAtMs / 1000);
  }

  /** What is measured only when somebody asks. */
  function sampleProcess(): void {
    const { rss, heapUsed } = process.memoryUsage();
    registry.gauge("residentMemory").set(rss);
    registry.gauge("heapUsed").set(heapUsed);
    registry.gauge("startTime").set(startOfProcess());
    registry.gauge("updated").set(Date.now() / 1000);
    const { user, system } = process.cpuUsage();
    const cpu = registry.counter("cpu");
    cpu.reset();
    cpu.inc((user + system) / 1e6);
  }

  return {
    state: stateFacts,
    addBoard: (board) => addBoard(board),
    forget(board) {
      links.delete(board);
      meters.delete(board);
      registry.forget(board);
    },
    observe(observation) {
      switch (observation.kind) {
        case "line_out":
          line(observation.board, "to_mcu", observation.bytes);
          break;
        case "line_in":
          line(observation.board, "from_mcu", observation.bytes);
          break;
        case "session":
          sessionChanged(observation.isUp);
          break;
        case "link":
          linkChanged(observation.board, observation.isUp);
          break;
        case "online":
          setOnline(observation.board, observation.isUp, observation.reason);
          break;
        case "report":
          entryOf(observation.report).measure?.(observation.report, meterOf(observation.board));
          break;
        case "request":
        case "response":
          break;
        default:
          observation satisfies never;
      }
    },
    loopLag: (ms) => loopLag.observe(ms / 1000),
    text() {
      sampleProcess();
      return registry.text();
    },
    contentType: registry.contentType,
  };
}
