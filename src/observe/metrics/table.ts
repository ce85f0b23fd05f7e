/** The table of docs/metrics.md. */
import type { Metric } from "../../gateway/reports/metric.ts";
import { catalogue } from "./catalogue.ts";

/** Markdown, one row for each metric. A test holds the document equal to it. */
export function metricsTable(): string {
  const declared: readonly Metric[] = Object.values(catalogue);
  const rows = declared.map(({ name, kind, labels, help }) => {
    return `| \`${name}\` | ${kind} | ${Object.keys(labels)
      .map((label) => `\`${label}\``)
      .join(", ")} | ${help} |`;
  });
  return ["| metric | kind | label | meaning |", "|---|---|---|---|", ...rows].join("\n");
}
