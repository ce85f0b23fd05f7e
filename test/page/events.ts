import type { TraceEvent } from "../../src/observe/trace-event.ts";

type Report = Extract<TraceEvent, { readonly kind: "report" }>["report"];
type Settled = Extract<Report, { readonly kind: "settled" }>;

/** So many ms after the beginning of a test's story. */
export const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms).toISOString();

export const request = (ms: number, board: string, processId: string): TraceEvent => ({
  time: at(ms),
  board,
  kind: "request",
  processId,
  byteCount: 1,
});

export function report(ms: number, board: string, what: Report, level: "debug" | "info" | "warn" = "info"): TraceEvent {
  return { time: at(ms), board, kind: "report", level, text: `text of ${what.kind}`, report: what };
}

/** @param ms of its settlement */
export function settled(ms: number, board: string, processId: string, figures: Partial<Settled> = {}): TraceEvent {
  const usual = { outcome: "ok", totalMs: 10, queueMs: 1, wireMs: 6, leftMs: 3490 } as const;
  const what = { kind: "settled", processId, ...usual, ...figures } as const;
  return report(ms, board, what, what.outcome === "ok" ? "debug" : "warn");
}
