import type { Report } from "../../core/report.ts";
import type { Incident, Level } from "../../runtime/logger.ts";
import type { Meter } from "./meter.ts";

/** All that is known of one kind of report, or of one drop, outcome or finding. */
export interface ReportEntry<Of extends Report = Report> {
  level(report: Of): Level;
  /** What the operator reads. */
  text(report: Of): string;
  /** Reports with one key say the same thing of different requests; the report's kind where there is none. */
  key?(report: Of): string;
  /** What the log counts it with; undefined where it counts it alone, because the core tells it once. */
  readonly incident: Incident | undefined;
  /** Whether what went before it is worth the flight recorder's keeping. Answers and routine are not. */
  readonly beginsIncident: boolean;
  /** Whether it tells of a line without what that says: the line itself is for level debug only. */
  readonly hidesLine?: boolean;
  /** What it adds to the metrics; none where there is no metric of it. */
  measure?(report: Of, meter: Meter): void;
}

export type ReportOf<Kind extends Report["kind"]> = Extract<Report, { readonly kind: Kind }>;

/** A number of bytes in words. */
export function byteText(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
