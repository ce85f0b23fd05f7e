/** Every report, once: level, text, incident and metrics. The compiler asks for whatever the core declares. */
import type { Report } from "../../core/report.ts";
import type { Level } from "../../runtime/logger.ts";
import { dropped } from "./dropped.ts";
import { echo } from "./echo.ts";
import type { ReportEntry, ReportOf } from "./entry.ts";
import { bytesSkipped, commandResent, mcuLog, mcuLogHidden, otherLineEnd, writeStalled } from "./line.ts";
import {
  mcuAway,
  mcuBack,
  mcuDamageReport,
  mcuHello,
  mcuRestarted,
  mcuUnlinked,
  mcuVersionUnsupported,
  mcuWithoutHello,
  recovering,
} from "./mcu.ts";
import { boardReleased, boardTakenBack } from "./released.ts";
import { remoteAnswered, remoteRefused } from "./remote.ts";
import { settled } from "./settled.ts";
import { writesHeld } from "./writes-held.ts";

/** Reports of which the kind alone says what they are. */
const others: {
  readonly [Kind in Exclude<Report["kind"], "settled" | "dropped" | "echo" | "writes_held">]: ReportEntry<
    ReportOf<Kind>
  >;
} = {
  mcu_log: mcuLog,
  mcu_log_hidden: mcuLogHidden,
  bytes_skipped: bytesSkipped,
  other_line_end: otherLineEnd,
  mcu_hello: mcuHello,
  mcu_without_hello: mcuWithoutHello,
  mcu_version_unsupported: mcuVersionUnsupported,
  mcu_restarted: mcuRestarted,
  mcu_damage_report: mcuDamageReport,
  mcu_away: mcuAway,
  mcu_back: mcuBack,
  mcu_unlinked: mcuUnlinked,
  recovering,
  board_released: boardReleased,
  board_taken_back: boardTakenBack,
  remote_answered: remoteAnswered,
  remote_refused: remoteRefused,
  command_resent: commandResent,
  write_stalled: writeStalled,
};

/** The entry of a report. Call its functions with this very report. */
export function entryOf(report: Report): ReportEntry {
  switch (report.kind) {
    case "settled":
      return settled[report.outcome];
    case "dropped":
      return dropped[report.name];
    case "echo":
      return echo[report.finding];
    case "writes_held":
      return writesHeld[report.reason];
    default:
      return others[report.kind];
  }
}

/** What the operator reads of a report. Two reports of one key say the same thing of different requests. */
export function describeReport(report: Report): { level: Level; key: string; text: string } {
  const entry = entryOf(report);
  return { level: entry.level(report), key: entry.key?.(report) ?? report.kind, text: entry.text(report) };
}
