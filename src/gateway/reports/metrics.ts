/** The metrics that reports move. Which report moves which stands in the entries of the reports. */
import { reasons } from "../../core/outcome.ts";
import { rungs } from "../../core/recovery.ts";
import { dropNames, remoteOrders, remoteRefusals, skipNames } from "../../core/report.ts";
import type { KeyOf, Metric } from "./metric.ts";

/** From a fast MCU on a fast line to the longest deadline, 10 s. */
const durations = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Finest where little is left. */
const margins = [0, 0.1, 0.2, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 5, 10];

const board = { board: "boards" } as const;

export const reportMetrics = {
  requests: {
    kind: "counter",
    name: "rrpc_gateway_requests_total",
    help: "Requests settled, by outcome: ok, or the reason of the error.",
    labels: { ...board, outcome: ["ok", ...Object.keys(reasons)] },
  },
  localRequests: {
    kind: "counter",
    name: "rrpc_gateway_local_requests_total",
    help: "Requests from this machine (`call --local`, `console`) settled, by outcome; no other metric of requests counts them.",
    labels: { ...board, outcome: ["ok", ...Object.keys(reasons)] },
  },
  answerTotal: {
    kind: "histogram",
    name: "rrpc_gateway_answer_duration_seconds",
    help: "From arrival to response, of requests that the MCU answered.",
    labels: board,
    buckets: durations,
  },
  answerQueue: {
    kind: "histogram",
    name: "rrpc_gateway_answer_queue_seconds",
    help: "Of that, until the command was handed to the port.",
    labels: board,
    buckets: durations,
  },
  answerWire: {
    kind: "histogram",
    name: "rrpc_gateway_answer_wire_seconds",
    help: "Of that, on the wire both ways, computed from bytes and baud rate; never more than was left of it.",
    labels: board,
    buckets: durations,
  },
  answerMcu: {
    kind: "histogram",
    name: "rrpc_gateway_answer_mcu_seconds",
    help: "Of that, the rest: the MCU, and what port and driver add.",
    labels: board,
    buckets: durations,
  },
  margin: {
    kind: "histogram",
    name: "rrpc_gateway_answer_margin_seconds",
    help: "What was left until the deadline when the MCU's answer went out.",
    labels: board,
    buckets: margins,
  },
  remoteOrders: {
    kind: "counter",
    name: "rrpc_gateway_remote_orders_total",
    help: "Orders from the cloud to the gateway itself that were answered; `board` is empty where an order is about none.",
    labels: { board: "boards_or_none", order: remoteOrders },
  },
  remoteRefusals: {
    kind: "counter",
    name: "rrpc_gateway_remote_refusals_total",
    help: "Requests from the cloud to the gateway itself that were refused, by reason; `board` is empty where they are about none.",
    labels: { board: "boards_or_none", reason: remoteRefusals },
  },
  dropped: {
    kind: "counter",
    name: "rrpc_gateway_dropped_total",
    help: "What was not delivered where it seemed to belong, by name: late, stray, second, damaged and others; `board` is empty where it was for no board.",
    labels: { board: "boards_or_none", name: dropNames },
  },
  skipped: {
    kind: "counter",
    name: "rrpc_gateway_skipped_bytes_total",
    help: "Bytes around the MCU's lines that belong to none, by name: control_bytes, terminal_sequences, no_text, spaces, prompt, text.",
    labels: { ...board, name: skipNames },
  },
  resent: {
    kind: "counter",
    name: "rrpc_gateway_commands_resent_total",
    help: "Commands written again, to an MCU that remembers.",
    labels: board,
  },
  restarts: {
    kind: "counter",
    name: "rrpc_gateway_mcu_restarts_total",
    help: "Restarts of the MCU that its hello told of.",
    labels: board,
  },
  damageReports: {
    kind: "counter",
    name: "rrpc_gateway_mcu_damage_reports_total",
    help: "Damaged lines that the MCU reported.",
    labels: board,
  },
  losses: {
    kind: "counter",
    name: "rrpc_gateway_mcu_losses_total",
    help: "How often the MCU began to count as away.",
    labels: board,
  },
  mcuUp: {
    kind: "gauge",
    name: "rrpc_gateway_mcu_up",
    help: "0 while the MCU counts as away although the port is open, else 1.",
    labels: board,
  },
  mcuProbesOnly: {
    kind: "gauge",
    name: "rrpc_gateway_mcu_answers_probes_only",
    help: "1 while the MCU counts as away because it answers probes, but no command; else 0.",
    labels: board,
  },
  released: {
    kind: "gauge",
    name: "rrpc_gateway_board_released",
    help: "1 while somebody at this machine has the board's port (`rrpc-gateway release`), else 0.",
    labels: board,
  },
  attempts: {
    kind: "counter",
    name: "rrpc_gateway_recovery_attempts_total",
    help: "What was tried on an MCU that is away, by rung.",
    labels: { ...board, rung: rungs },
  },
  recoveries: {
    kind: "counter",
    name: "rrpc_gateway_recoveries_total",
    help: "How often the MCU was back, by the rung that was tried last.",
    labels: { ...board, rung: rungs },
  },
  writeStalls: {
    kind: "counter",
    name: "rrpc_gateway_write_stalls_total",
    help: "Writes that the port did not take in time.",
    labels: board,
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type CounterKey = KeyOf<typeof reportMetrics, "counter">;
export type GaugeKey = KeyOf<typeof reportMetrics, "gauge">;
export type HistogramKey = KeyOf<typeof reportMetrics, "histogram">;
