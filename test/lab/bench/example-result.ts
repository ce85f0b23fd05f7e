/** The result of a run as it can be, with everything that a report shows. */
import { rules } from "../../../src/lab/bench/conformance/check-board.ts";
import type { RuleResult } from "../../../src/lab/bench/conformance/rule.ts";
import { figuresOf } from "../../../src/lab/bench/load/figures.ts";
import type { RequestRecord } from "../../../src/lab/bench/load/record.ts";
import type { BenchResult } from "../../../src/lab/bench/report/result.ts";

/** Most are quick, some wait, and one in 100 is not answered. */
const records = Array.from({ length: 300 }, (_, index): RequestRecord => {
  const split = { queueMs: index % 7, gatewayMs: 1, wireMs: 5 + (index % 3) * 20, mcuMs: index % 100 === 50 ? 900 : 4 };
  const totalMs = split.queueMs + split.gatewayMs + split.wireMs + split.mcuMs;
  const common = { index, processId: String(index), payloadBytes: 200, startMs: index * 50 };
  return index % 100 === 99
    ? { ...common, totalMs: 3500, outcome: "deadline_exceeded / no_reply", split: undefined }
    : { ...common, totalMs, outcome: "ok", split };
});

const cutoffMs = 4000;
/** As long as one of the protocol, without a place to break it. */
const longLine = `>b17 ${"x".repeat(240)}*C04A`;

function resultOf({ id, name, section }: (typeof rules)[number]): RuleResult {
  const exchanged = [
    { direction: "sent", line: longLine },
    { direction: "received", line: `<b17 of-${id}` },
  ] as const;
  if (id === "once") return { id, name, section, verdict: "fail", note: "2 answers", exchanged };
  if (id === "cancel")
    return { id, name, section, verdict: "not_claimed", note: "its hello does not say cancel=1", exchanged: [] };
  return { id, name, section, verdict: "pass", note: "", exchanged };
}

export function exampleResult(): BenchResult {
  const hello = { window: 4, lineBytesMax: 256, crc: true, dedup: 16, cancel: false, boot: "A1", problems: [] };
  const plan = { requests: 300, durationMs: undefined, sizesBytes: [16, 64, 200], plain: "ping" };
  const pace = { kind: "rate", perSecond: 20 } as const;
  const run = {
    gatewayCounts: new Map([["second_reply", 9]]),
    strayReplies: 0,
    lostEvents: 0,
    readyAfterMs: 80,
    echoes: true,
  };
  return {
    environment: {
      startedAt: new Date(Date.UTC(2026, 0, 2, 3, 4, 5)),
      specimen: { board: "Pump controller", serialNumber: "0042", operator: "Ada L." },
      adapter: "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
      replyBytesMax: 2048,
      version: "1.2.3",
      node: "v20.20.2",
      machine: "linux 6.1.0, arm64, 4 × Cortex-A72",
      port: "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0",
      format: "115200 8N1",
      commands: { plain: "ping", count: "count", slow: "wait 400" },
      cutoffMs,
    },
    conformance: {
      hello: { ...hello, fw: "pump-1.4.2" },
      abilities: { echoes: true, counts: true, slowMs: 400 },
      results: rules.map(resultOf),
    },
    load: { result: { plan: { ...plan, pace }, records, ...run }, figures: figuresOf(records, cutoffMs) },
    against: {
      startedAt: "2026-01-01T03:04:05.000Z",
      firmware: "pump-1.4.1",
      worse: ["once: PASS, now FAIL"],
      better: ["latency p99: 100.0 ms, now 50.0 ms"],
      notCompared: ["latencies and rate: the load was another one"],
    },
  };
}
