import type { HoldReason } from "../../src/core/answer-order.ts";
import type { EchoFinding } from "../../src/core/echo.ts";
import { type Reason, reasons } from "../../src/core/outcome.ts";
import { rungs } from "../../src/core/recovery.ts";
import { dropNames, type Report, remoteOrders, remoteRefusals, skipNames } from "../../src/core/report.ts";

const findings = { heard: 0, missing: 0, prompted: 0, torn: 0, alone: 0 } satisfies Record<EchoFinding, 0>;
const holds = { unanswered: 0, stray_answer: 0, stray_line: 0, first_opening: 0 } satisfies Record<HoldReason, 0>;

/** Reports of each kind: the compiler asks for one of a new kind. */
const byKind: { readonly [Kind in Report["kind"]]: readonly Extract<Report, { readonly kind: Kind }>[] } = {
  settled: (["ok", ...Object.keys(reasons)] as ("ok" | Reason)[]).flatMap((outcome) => [
    { kind: "settled", processId: "7", outcome, totalMs: 100, queueMs: 20, wireMs: 30, leftMs: 3000 },
    { kind: "settled", processId: "8", outcome, totalMs: 1, queueMs: undefined, wireMs: undefined, leftMs: 3399 },
    {
      kind: "settled",
      processId: "Lk3f9x0",
      outcome,
      source: "local",
      totalMs: 9,
      queueMs: 1,
      wireMs: 2,
      leftMs: 3391,
    },
  ]),
  dropped: dropNames.flatMap((name) => [
    { kind: "dropped", name },
    { kind: "dropped", name, processId: "7", detail: "a detail" },
    { kind: "dropped", name, detail: "told before", isKnown: true },
  ]),
  mcu_log: [{ kind: "mcu_log", bytes: Buffer.from("booting") }],
  mcu_log_hidden: [
    { kind: "mcu_log_hidden", byteCount: 1 },
    { kind: "mcu_log_hidden", byteCount: 12, cause: "why" },
  ],
  bytes_skipped: skipNames.flatMap((name) => [
    { kind: "bytes_skipped", skips: [{ name, where: "front", byteCount: 3 }], around: undefined },
    { kind: "bytes_skipped", skips: [{ name, where: "front", byteCount: 3 }], around: ["a", "b"] },
    { kind: "bytes_skipped", skips: [{ name, where: "end", byteCount: 1 }], around: [] },
  ]),
  other_line_end: [
    { kind: "other_line_end", ours: "lf", byteCount: 12 },
    { kind: "other_line_end", ours: "cr", byteCount: 1 },
  ],
  board_taken_back: [{ kind: "board_taken_back", releasedMs: 61_000 }],
  board_released: [{ kind: "board_released" }],
  mcu_hello: [{ kind: "mcu_hello", text: "rrpc/1" }],
  mcu_without_hello: [
    { kind: "mcu_without_hello", waitedMs: 0 },
    { kind: "mcu_without_hello", waitedMs: 300 },
  ],
  mcu_version_unsupported: [
    { kind: "mcu_version_unsupported", version: "rrpc/2", isSure: true },
    { kind: "mcu_version_unsupported", version: "rrpc/2", isSure: false },
  ],
  mcu_restarted: [{ kind: "mcu_restarted", inFlightCount: 2 }],
  mcu_damage_report: [{ kind: "mcu_damage_report" }],
  mcu_away: [
    { kind: "mcu_away", unansweredCount: 3, answersProbes: true },
    { kind: "mcu_away", unansweredCount: 3, answersProbes: false },
  ],
  recovering: rungs.flatMap((rung) => [
    { kind: "recovering", rung, awayMs: 1000, answersProbes: true },
    { kind: "recovering", rung, awayMs: 61_000, answersProbes: false },
  ]),
  mcu_back: rungs.map((rung) => ({ kind: "mcu_back", rung, awayMs: 2000 })),
  mcu_unlinked: [{ kind: "mcu_unlinked" }],
  remote_answered: remoteOrders.map((order) => ({ kind: "remote_answered", order })),
  remote_refused: [
    ...remoteRefusals.map((reason) => ({ kind: "remote_refused", order: "probe", reason }) as const),
    { kind: "remote_refused", order: undefined, reason: "bad_payload" },
  ],
  command_resent: [{ kind: "command_resent", processId: "7" }],
  echo: (Object.keys(findings) as EchoFinding[]).map((finding) => ({ kind: "echo", finding })),
  writes_held: (Object.keys(holds) as HoldReason[]).map((reason) => ({
    kind: "writes_held",
    reason,
    forMs: 1500,
    processId: "7",
  })),
  write_stalled: [{ kind: "write_stalled" }],
};

/** One of each kind, drop, outcome, rung and finding, and of what else makes two reports of one kind different. */
export const everyReport: readonly Report[] = Object.values(byKind).flat();
