import type { Report } from "../../core/report.ts";
import type { Incident, Level } from "../../runtime/logger.ts";
import type { Meter } from "./meter.ts";

/** All that is known of one kind of report, or of one drop, outcome or finding. */
export interface ReportEntry<Of extends Report = Report> {
  level(report: Of): Level;
  /** What the operator reads. */
  text(report: Of): string;
  /** Reports with the same key say the same thing, of different requests. Without it the report's kind is the key. */
  key?(report: Of): string;
  /** With which others the log counts it; undefined where it is counted alone, because the core reports it only once. */
  readonly incident: Incident | undefined;
  /** Whether the flight recorder keeps what came before it, if it is the first for a while. Not for answers and routine. */
  readonly beginsIncident: boolean;
  /** Whether it is about a line that it does not show: the line itself is logged at level debug only. */
  readonly hidesLine?: boolean;
  /** Moves its metrics, where it has any. */
  measure?(report: Of, meter: Meter): void;
}

/** The same entry, which moves more metrics: `measure` after what moves its metrics already. */
export function alsoMeasuring<Of extends Report>(
  entry: ReportEntry<Of>,
  measure: (report: Of, meter: Meter) => void,
): ReportEntry<Of> {
  return {
    ...entry,
    measure(report, meter) {
      entry.measure?.(report, meter);
      measure(report, meter);
    },
  };
}

export type ReportOf<Kind extends Report["kind"]> = Extract<Report, { readonly kind: Kind }>;

/** A number of bytes in words. */
export function byteText(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
