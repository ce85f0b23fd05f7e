import type { Report } from "../core/report.ts";

/** Characters that are kept of a text from outside; a processID has at most 32. */
const textMax = 64;

/** The same report with no longer text in it: it may name a topic, or what the MCU says of itself. */
export function shortenedReport(report: Report): Report {
  // Nearly always there is none; then nothing is made.
  if (!hasLongText(report)) return report;
  const short: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(report))
    short[key] = typeof value === "string" ? shortenedText(value) : value;
  return short as Report; // Kinds, names and reasons are far shorter than what is cut.
}

/** A text of its own: a slice would keep the text that it was cut from. */
export function shortenedText(text: string): string {
  return text.length <= textMax ? text : `${Buffer.from(text.slice(0, textMax))}…`;
}

function hasLongText(report: Report): boolean {
  for (const key in report) {
    const value: unknown = report[key as keyof Report];
    if (typeof value === "string" && value.length > textMax) return true;
  }
  return false;
}
