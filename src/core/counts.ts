import type { Reason } from "./outcome.ts";
import type { DropName, Report } from "./report.ts";

/** What has happened since start, by name. */
export class Counts {
  readonly settled = new Map<"ok" | Reason, number>();
  readonly dropped = new Map<DropName, number>();
  resentCount = 0;
  restartCount = 0;
  awayCount = 0;
  reopenCount = 0;

  add(report: Report): void {
    switch (report.kind) {
      case "settled":
        this.settled.set(report.outcome, (this.settled.get(report.outcome) ?? 0) + 1);
        break;
      case "dropped":
        this.dropped.set(report.name, (this.dropped.get(report.name) ?? 0) + 1);
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
      case "reopening":
        this.reopenCount += 1;
        break;
      case "mcu_log":
      case "mcu_greeted":
      case "mcu_without_hello":
      case "mcu_version_unsupported":
      case "mcu_damage_report":
      case "mcu_back":
        break;
      default:
        report satisfies never;
    }
  }

  /** One line for a person: what was answered, each error and each drop with its count. */
  summary(): string {
    const ok = this.settled.get("ok") ?? 0;
    const rest = [...this.settled, ...this.dropped].filter(([name]) => name !== "ok");
    return [`${ok} ok`, ...rest.map(([name, count]) => `${count} ${name}`)].join(", ");
  }
}
