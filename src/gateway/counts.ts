import type { Instant } from "../core/instant.ts";
import type { Reason } from "../core/outcome.ts";
import type { Rung } from "../core/recovery.ts";
import type { DropName, Report } from "../core/report.ts";
import { Latencies } from "./latencies.ts";

/** What has happened since start, by name. */
export class Counts {
  readonly settled = new Map<"ok" | Reason, number>();
  readonly dropped = new Map<DropName, number>();
  /** Of the MCU's answers. */
  readonly latencies = new Latencies();
  lastError: { readonly reason: Reason; readonly at: Instant } | undefined;
  resentCount = 0;
  restartCount = 0;
  /** Around the MCU's lines. */
  skippedByteCount = 0;
  awayCount = 0;
  writeStallCount = 0;
  /** How often each rung of the recovery was tried, and how often the MCU came back after it. */
  readonly tried = new Map<Rung, number>();
  readonly cured = new Map<Rung, number>();

  add(report: Report, now: Instant): void {
    switch (report.kind) {
      case "settled":
        countUp(this.settled, report.outcome);
        if (report.outcome === "ok") this.latencies.add(report.totalMs);
        else this.lastError = { reason: report.outcome, at: now };
        break;
      case "dropped":
        countUp(this.dropped, report.name);
        break;
      case "command_resent":
        this.resentCount += 1;
        break;
      case "mcu_restarted":
        this.restartCount += 1;
        break;
      case "mcu_away":
        this.awayCount += 1;
        break;
      case "write_stalled":
        this.writeStallCount += 1;
        break;
      case "bytes_skipped":
        for (const { byteCount } of report.skips) this.skippedByteCount += byteCount;
        break;
      case "recovering":
        countUp(this.tried, report.rung);
        break;
      case "mcu_back":
        countUp(this.cured, report.rung);
        break;
      case "mcu_log":
      case "mcu_log_hidden":
      case "other_line_end":
      case "mcu_greeted":
      case "mcu_without_hello":
      case "mcu_version_unsupported":
      case "mcu_damage_report":
      case "writes_held":
      case "echo":
        break;
      default:
        report satisfies never;
    }
  }
}

/** One line for a person: what was answered, each error and each drop with its count, and what befell the MCUs. */
export function summaryOf(all: readonly Counts[]): string {
  const sums = new Map<string, number>();
  const add = (name: string, count: number) => sums.set(name, (sums.get(name) ?? 0) + count);
  for (const { settled } of all) for (const [name, count] of settled) add(name, count);
  for (const { dropped } of all) for (const [name, count] of dropped) add(name, count);
  for (const counts of all) {
    add("resent", counts.resentCount);
    add("mcu_restarted", counts.restartCount);
    add("skipped_bytes", counts.skippedByteCount);
  }
  const rest = [...sums].filter(([name, count]) => name !== "ok" && count > 0);
  return [`${sums.get("ok") ?? 0} ok`, ...rest.map(([name, count]) => `${count} ${name}`)].join(", ");
}

function countUp<Name>(counts: Map<Name, number>, name: Name): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
