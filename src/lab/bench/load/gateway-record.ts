// What the gateway tells of a load: the times of each request, and what it counts.
import type { EventTime, GatewayEvent, GatewayReport } from "../../harness/monitor-client.ts";
import type { GatewayTimes } from "./record.ts";

export interface GatewayRecord {
  take(event: GatewayEvent, time: EventTime): void;
  /** Whether the gateway has its MCU's hello, or has stopped waiting for one. */
  isHandshakeOver(): boolean;
  /** Undefined until the gateway has settled the request. */
  times(processId: string): GatewayTimes | undefined;
  /** What happened besides answers, by name: errors, drops, `resent`, `mcu_restarted`, `skipped_bytes`. */
  counts(): ReadonlyMap<string, number>;
  /** Events that are missing here: times and counts are incomplete if it is not 0. */
  lostCount(): number;
}

export function createGatewayRecord(): GatewayRecord {
  const times = new Map<string, GatewayTimes>();
  /** Of requests that are not settled yet. */
  const lineBytes = new Map<string, number>();
  const counts = new Map<string, number>();
  let isHandshakeOver = false;
  let lostCount = 0;

  function count(name: string, by = 1): void {
    counts.set(name, (counts.get(name) ?? 0) + by);
  }

  function takeReport(report: GatewayReport): void {
    switch (report.kind) {
      case "settled": {
        const { processId, outcome, totalMs, queueMs } = report;
        times.set(processId, { totalMs, queueMs, lineBytes: lineBytes.get(processId) ?? 0 });
        lineBytes.delete(processId);
        if (outcome !== "ok") count(outcome);
        return;
      }
      case "dropped":
        count(report.name);
        return;
      case "command_resent":
        count("resent");
        return;
      case "mcu_restarted":
        count("mcu_restarted");
        return;
      case "bytes_skipped":
        for (const { byteCount } of report.skips) count("skipped_bytes", byteCount);
        return;
      case "mcu_hello":
      case "mcu_without_hello":
        return;
      default:
        // Other reports say nothing of a load.
        report satisfies never;
    }
  }

  return {
    take(event, time) {
      if (event.kind === "report") {
        const { kind } = event.report;
        isHandshakeOver ||= kind === "mcu_hello" || kind === "mcu_without_hello";
      }
      if (time === "past") return;
      switch (event.kind) {
        case "line_out":
        case "line_in": {
          // Its command, each time that it is written, and its answer, whose line end is not in the count.
          const [, id] = /^[><!](.+)/.exec(event.head ?? "") ?? [];
          const byteCount = event.byteCount + (event.kind === "line_in" ? 1 : 0);
          if (id !== undefined && !times.has(id)) lineBytes.set(id, (lineBytes.get(id) ?? 0) + byteCount);
          return;
        }
        case "report":
          takeReport(event.report);
          return;
        case "lost":
          lostCount += event.count;
          return;
        default:
          // Other events say nothing of a load.
          event satisfies never;
      }
    },
    isHandshakeOver: () => isHandshakeOver,
    times: (processId) => times.get(processId),
    counts: () => counts,
    lostCount: () => lostCount,
  };
}
