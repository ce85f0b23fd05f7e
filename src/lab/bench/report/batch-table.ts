// The table of several boards that were tested at once.
import { type BenchResult, deviations } from "./result.ts";
import { ms, visible } from "./text.ts";

/** What became of one of several boards. */
export type BatchResult =
  | { readonly kind: "tested"; readonly path: string; readonly result: BenchResult }
  | {
      readonly kind: "unavailable";
      readonly path: string;
      readonly serialNumber: string | undefined;
      readonly fault: string;
    };

const heads = ["verdict", "serial number", "firmware", "failed rules", "answered", "p99 ms", "port"] as const;

/** The rows, the head first. */
export function batchTable(results: readonly BatchResult[]): string[] {
  const rows = [heads, ...results.map((one) => cellsOf(one).map(visible))];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

function cellsOf(one: BatchResult): readonly string[] {
  if (one.kind === "unavailable") return ["NO PORT", one.serialNumber ?? "–", "–", "–", "–", "–", one.path];
  const { environment, conformance, load } = one.result;
  const failed = conformance?.results.filter(({ verdict }) => verdict === "fail").map(({ id }) => id) ?? [];
  const figures = load?.figures;
  return [
    deviations(one.result).length === 0 ? "PASS" : "FAIL",
    environment.specimen.serialNumber ?? "–",
    conformance?.hello?.fw ?? "–",
    failed.length === 0 ? "–" : failed.join(","),
    figures === undefined ? "–" : `${figures.answered}/${figures.requests}`,
    ms(figures?.latency.total?.p99),
    one.path,
  ];
}
