import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Reason, reasons } from "../../core/outcome.ts";
import { rungs } from "../../core/recovery.ts";
import { dropNames, type Report, skipNames } from "../../core/report.ts";
import type { Observation } from "../../gateway/boundary.ts";
import { catalogue, type Declaration } from "./catalogue.ts";
import type { Facts } from "./facts.ts";
import { processStart } from "./process-start.ts";

/** Whether a connection is up when counting begins. */
export interface State {
  readonly session: boolean;
  /** By board. */
  readonly links: ReadonlyMap<string, boolean>;
}

export interface Instruments {
  observe(observation: Observation): void;
  /** Instead of the facts so far. */
  state(facts: Facts): void;
  loopLag(ms: number): void;
  /** The text that Prometheus reads. */
  text(): Promise<string>;
  /** Its media type. */
  readonly contentType: string;
}

/** Every metric of the catalogue, and what makes it go up and down. */
export function createInstruments(state: State, facts: Facts): Instruments {
  const registry = new Registry();
  const registers = [registry];

  function counter({ name, help, labels }: Declaration & { readonly kind: "counter" }): Counter {
    return new Counter({ name, help, labelNames: [...labels], registers });
  }
  function gauge({ name, help, labels }: Declaration & { readonly kind: "gauge" }, collect?: () => number): Gauge {
    return new Gauge({
      name,
      help,
      labelNames: [...labels],
      registers,
      ...(collect !== undefined && {
        collect() {
          this.set(collect());
        },
      }),
    });
  }
  function histogram({ name, help, buckets }: Declaration & { readonly kind: "histogram" }): Histogram {
    return new Histogram({ name, help, buckets: [...buckets], registers });
  }

  const requests = counter(catalogue.requests);
  const answerTotal = histogram(catalogue.answerTotal);
  const answerQueue = histogram(catalogue.answerQueue);
  const answerWire = histogram(catalogue.answerWire);
  const answerMcu = histogram(catalogue.answerMcu);
  const margin = histogram(catalogue.margin);
  const dropped = counter(catalogue.dropped);
  const lines = counter(catalogue.lines);
  const lineBytes = counter(catalogue.lineBytes);
  const skipped = counter(catalogue.skipped);
  const resent = counter(catalogue.resent);
  const restarts = counter(catalogue.restarts);
  const damageReports = counter(catalogue.damageReports);
  const losses = counter(catalogue.losses);
  const mcuUp = gauge(catalogue.mcuUp);
  const mcuProbesOnly = gauge(catalogue.mcuProbesOnly);
  const attempts = counter(catalogue.attempts);
  const recoveries = counter(catalogue.recoveries);
  const writeStalls = counter(catalogue.writeStalls);
  const up = { session: gauge(catalogue.sessionUp), link: gauge(catalogue.linkUp) };
  const changes = { session: counter(catalogue.sessionChanges), link: counter(catalogue.linkChanges) };
  const loopLag = histogram(catalogue.loopLag);
  gauge(catalogue.residentMemory, () => process.memoryUsage.rss());
  gauge(catalogue.heapUsed, () => process.memoryUsage().heapUsed);
  gauge(catalogue.startTime, processStart());
  const cpu = counter(catalogue.cpu);
  const build = gauge(catalogue.build);
  const certificateEnd = gauge(catalogue.certificateEnd);
  gauge(catalogue.updated, () => Date.now() / 1000);

  // A rate needs a 0 to begin with: of what has happened once only, Prometheus would see no increase.
  for (const outcome of ["ok", ...Object.keys(reasons)]) requests.inc({ outcome }, 0);
  for (const name of dropNames) dropped.inc({ name }, 0);
  for (const name of skipNames) skipped.inc({ name }, 0);
  for (const rung of rungs) for (const one of [attempts, recoveries]) one.inc({ rung }, 0);
  for (const direction of ["to_mcu", "from_mcu"]) for (const one of [lines, lineBytes]) one.inc({ direction }, 0);
  for (const to of ["up", "down"]) for (const one of [changes.session, changes.link]) one.inc({ to }, 0);
  mcuUp.set(1);
  const isUp = { session: state.session, link: [...state.links.values()].includes(true) };
  for (const which of ["session", "link"] as const) up[which].set(Number(isUp[which]));

  function settled({ outcome, totalMs, queueMs, wireMs, leftMs }: Report & { readonly kind: "settled" }): void {
    requests.inc({ outcome });
    if (!isAnswer(outcome) || queueMs === undefined || wireMs === undefined) return;
    answerTotal.observe(totalMs / 1000);
    answerQueue.observe(queueMs / 1000);
    // A port may be faster than its baud rate says: a USB device and a pty have none. The parts are the whole all the same.
    const onWireMs = Math.min(wireMs, totalMs - queueMs);
    answerWire.observe(onWireMs / 1000);
    answerMcu.observe((totalMs - queueMs - onWireMs) / 1000);
    margin.observe(leftMs / 1000);
  }

  function changed(which: "session" | "link", nowUp: boolean): void {
    // An attempt that fails ends without having been up.
    if (isUp[which] === nowUp) return;
    isUp[which] = nowUp;
    up[which].set(Number(nowUp));
    changes[which].inc({ to: nowUp ? "up" : "down" });
  }

  function line(direction: "to_mcu" | "from_mcu", bytes: Buffer): void {
    lines.inc({ direction });
    lineBytes.inc({ direction }, bytes.length);
  }

  function reported(report: Report): void {
    switch (report.kind) {
      case "settled":
        settled(report);
        break;
      case "dropped":
        dropped.inc({ name: report.name });
        break;
      case "command_resent":
        resent.inc();
        break;
      case "mcu_restarted":
        restarts.inc();
        break;
      case "mcu_damage_report":
        damageReports.inc();
        break;
      case "mcu_away":
        losses.inc();
        mcuUp.set(0);
        mcuProbesOnly.set(Number(report.answersProbes));
        break;
      case "mcu_back":
        recoveries.inc({ rung: report.rung });
        mcuUp.set(1);
        mcuProbesOnly.set(0);
        break;
      case "recovering":
        attempts.inc({ rung: report.rung });
        mcuProbesOnly.set(Number(report.answersProbes));
        break;
      case "write_stalled":
        writeStalls.inc();
        break;
      case "bytes_skipped":
        for (const { name, byteCount } of report.skips) skipped.inc({ name }, byteCount);
        break;
      case "mcu_greeted":
      case "mcu_log":
      case "mcu_log_hidden":
      case "other_line_end":
      case "mcu_without_hello":
      case "mcu_version_unsupported":
      case "writes_held":
      case "echo":
        break;
      default:
        report satisfies never;
    }
  }

  function stateFacts({ version, product, device, certificateExpiresAtMs }: Facts): void {
    build.reset();
    build.set({ version, product, device }, 1);
    // Without one there is no sample: 0 would be a certificate that ran out in 1970.
    if (certificateExpiresAtMs === undefined) certificateEnd.remove();
    else certificateEnd.set(certificateExpiresAtMs / 1000);
  }
  stateFacts(facts);

  return {
    state: stateFacts,
    observe(observation) {
      switch (observation.kind) {
        case "line_out":
          line("to_mcu", observation.bytes);
          break;
        case "line_in":
          line("from_mcu", observation.bytes);
          break;
        case "session":
        case "link":
          changed(observation.kind, observation.isUp);
          break;
        case "report":
          reported(observation.report);
          break;
        case "request":
        case "response":
          break;
        default:
          observation satisfies never;
      }
    },
    loopLag: (ms) => loopLag.observe(ms / 1000),
    async text() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc((user + system) / 1e6);
      return await registry.metrics();
    },
    contentType: registry.contentType,
  };
}

/** What the MCU itself has answered: refusals of the gateway's take no time, and would hide how long answers take. */
function isAnswer(outcome: "ok" | Reason): boolean {
  return outcome === "ok" || outcome === "refused";
}
