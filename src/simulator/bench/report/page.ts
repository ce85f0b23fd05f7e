import type { BenchResult } from "./result.ts";
/** The report. */
export function resultPage(_: BenchResult): string {
  return "";
}
