/** Every metric, once: the instruments are made from it, and docs/metrics.md is held to it. Units are Prometheus' base units. */
import type { BoardDownReason } from "../../gateway/boundary.ts";
import type { KeyOf, Metric } from "../../gateway/reports/metric.ts";
import { reportMetrics } from "../../gateway/reports/metrics.ts";

/** From a lag of one second on, the watchdog calls the daemon unhealthy. */
const lags = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

const board = { board: "boards" } as const;

/** The compiler asks for a new one. */
export const offlineReasons = Object.keys({
  no_answer: true,
  refused: true,
  not_permitted: true,
  not_a_gateway: true,
  unbound: true,
  absent: true,
} satisfies Readonly<Record<BoardDownReason["kind"], true>>);

export const catalogue = {
  ...reportMetrics,
  lines: {
    kind: "counter",
    name: "rrpc_gateway_lines_total",
    help: "Lines, by direction: to_mcu, from_mcu.",
    labels: { ...board, direction: ["to_mcu", "from_mcu"] },
  },
  lineBytes: {
    kind: "counter",
    name: "rrpc_gateway_line_bytes_total",
    help: "Bytes of these lines, by direction; from the MCU without the byte that ends them.",
    labels: { ...board, direction: ["to_mcu", "from_mcu"] },
  },
  sessionUp: {
    kind: "gauge",
    name: "rrpc_gateway_session_up",
    help: "1 while there is a session with the hub, else 0.",
    labels: {},
  },
  sessionChanges: {
    kind: "counter",
    name: "rrpc_gateway_session_changes_total",
    help: "Sessions that came up or were lost, by what they changed to: up, down.",
    labels: { to: ["up", "down"] },
  },
  linkUp: {
    kind: "gauge",
    name: "rrpc_gateway_link_up",
    help: "1 while the serial port is open, else 0.",
    labels: board,
  },
  linkChanges: {
    kind: "counter",
    name: "rrpc_gateway_link_changes_total",
    help: "Openings of the port and their ends, by what they changed to: up, down.",
    labels: { ...board, to: ["up", "down"] },
  },
  boardOnline: {
    kind: "gauge",
    name: "rrpc_gateway_board_online",
    help: "1 while the hub passes on the requests of one of several boards, else 0; a single board has the session's figure instead.",
    labels: board,
  },
  boardOffline: {
    kind: "gauge",
    name: "rrpc_gateway_board_offline",
    help: "1 for the reason why the hub passes on none of them although there is a session, else 0.",
    labels: { ...board, reason: offlineReasons },
  },
  loopLag: {
    kind: "histogram",
    name: "rrpc_gateway_loop_lag_seconds",
    help: "How late a timer came, once a second.",
    labels: {},
    buckets: lags,
  },
  residentMemory: {
    kind: "gauge",
    name: "rrpc_gateway_process_resident_memory_bytes",
    help: "Resident memory.",
    labels: {},
  },
  heapUsed: {
    kind: "gauge",
    name: "rrpc_gateway_process_heap_used_bytes",
    help: "Used part of V8's heap.",
    labels: {},
  },
  cpu: {
    kind: "counter",
    name: "rrpc_gateway_process_cpu_seconds_total",
    help: "CPU time, user and system.",
    labels: {},
  },
  startTime: {
    kind: "gauge",
    name: "rrpc_gateway_process_start_time_seconds",
    help: "Start of the process, in Unix time.",
    labels: {},
  },
  build: {
    kind: "gauge",
    name: "rrpc_gateway_build_info",
    help: "Always 1: which version runs, for which device of which product.",
    labels: { version: "open", product: "open", device: "open" },
  },
  certificateEnd: {
    kind: "gauge",
    name: "rrpc_gateway_certificate_expiry_timestamp_seconds",
    help: "When the device's certificate runs out, in Unix time; only where the device has one.",
    labels: {},
  },
  updated: {
    kind: "gauge",
    name: "rrpc_gateway_updated_timestamp_seconds",
    help: "When these figures were written, in Unix time: old in a file that nobody writes any more.",
    labels: {},
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricKey = keyof typeof catalogue;
export type CounterKey = KeyOf<typeof catalogue, "counter">;
export type GaugeKey = KeyOf<typeof catalogue, "gauge">;
export type HistogramKey = KeyOf<typeof catalogue, "histogram">;
