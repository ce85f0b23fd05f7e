/** Every metric, once: the instruments are made from it, and docs/metrics.md is held to it. Units are Prometheus' base units. */

export type Declaration = {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
} & ({ readonly kind: "counter" | "gauge" } | { readonly kind: "histogram"; readonly buckets: readonly number[] });

/** From a fast MCU on a fast line to the longest deadline, 10 s. */
const durations = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10];

/** Finest where it is scarce. */
const margins = [0, 0.1, 0.2, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 5, 10];

/** A second of lag is where the watchdog calls the daemon ill. */
const lags = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 5];

export const catalogue = {
  requests: {
    kind: "counter",
    name: "rrpc_gateway_requests_total",
    help: "Requests settled, by outcome: ok, or the reason of the error.",
    labels: ["outcome"],
  },
  answerTotal: {
    kind: "histogram",
    name: "rrpc_gateway_answer_duration_seconds",
    help: "From arrival to response, of requests that the MCU answered.",
    labels: [],
    buckets: durations,
  },
  answerQueue: {
    kind: "histogram",
    name: "rrpc_gateway_answer_queue_seconds",
    help: "Of that, until the command was handed to the port.",
    labels: [],
    buckets: durations,
  },
  answerWire: {
    kind: "histogram",
    name: "rrpc_gateway_answer_wire_seconds",
    help: "Of that, on the wire both ways, computed from bytes and baud rate; never more than was left of it.",
    labels: [],
    buckets: durations,
  },
  answerMcu: {
    kind: "histogram",
    name: "rrpc_gateway_answer_mcu_seconds",
    help: "Of that, the rest: the MCU, and what port and driver add.",
    labels: [],
    buckets: durations,
  },
  margin: {
    kind: "histogram",
    name: "rrpc_gateway_answer_margin_seconds",
    help: "What was left until the deadline when the MCU's answer went out.",
    labels: [],
    buckets: margins,
  },
  dropped: {
    kind: "counter",
    name: "rrpc_gateway_dropped_total",
    help: "What was not delivered where it seemed to belong, by name: late, stray, second, damaged and others.",
    labels: ["name"],
  },
  lines: {
    kind: "counter",
    name: "rrpc_gateway_lines_total",
    help: "Lines, by direction: to_mcu, from_mcu.",
    labels: ["direction"],
  },
  lineBytes: {
    kind: "counter",
    name: "rrpc_gateway_line_bytes_total",
    help: "Bytes of these lines, by direction; from the MCU without the byte that ends them.",
    labels: ["direction"],
  },
  skipped: {
    kind: "counter",
    name: "rrpc_gateway_skipped_bytes_total",
    help: "Bytes around the MCU's lines that belong to none, by name: control_bytes, terminal_sequences, no_text, spaces, prompt, text.",
    labels: ["name"],
  },
  resent: {
    kind: "counter",
    name: "rrpc_gateway_commands_resent_total",
    help: "Commands written again, to an MCU that remembers.",
    labels: [],
  },
  restarts: {
    kind: "counter",
    name: "rrpc_gateway_mcu_restarts_total",
    help: "Restarts of the MCU that its hello told of.",
    labels: [],
  },
  damageReports: {
    kind: "counter",
    name: "rrpc_gateway_mcu_damage_reports_total",
    help: "Damaged lines that the MCU reported.",
    labels: [],
  },
  losses: {
    kind: "counter",
    name: "rrpc_gateway_mcu_losses_total",
    help: "How often the MCU began to count as away.",
    labels: [],
  },
  mcuUp: {
    kind: "gauge",
    name: "rrpc_gateway_mcu_up",
    help: "0 while the MCU counts as away although the port is open, else 1.",
    labels: [],
  },
  mcuProbesOnly: {
    kind: "gauge",
    name: "rrpc_gateway_mcu_answers_probes_only",
    help: "1 while the MCU counts as away because it answers probes, but no command; else 0.",
    labels: [],
  },
  attempts: {
    kind: "counter",
    name: "rrpc_gateway_recovery_attempts_total",
    help: "What was tried on an MCU that is away, by rung.",
    labels: ["rung"],
  },
  recoveries: {
    kind: "counter",
    name: "rrpc_gateway_recoveries_total",
    help: "How often the MCU was back, by the rung that was tried last.",
    labels: ["rung"],
  },
  writeStalls: {
    kind: "counter",
    name: "rrpc_gateway_write_stalls_total",
    help: "Writes that the port did not take in time.",
    labels: [],
  },
  sessionUp: {
    kind: "gauge",
    name: "rrpc_gateway_session_up",
    help: "1 while there is a session with the hub, else 0.",
    labels: [],
  },
  sessionChanges: {
    kind: "counter",
    name: "rrpc_gateway_session_changes_total",
    help: "Sessions that came up or were lost, by what they changed to: up, down.",
    labels: ["to"],
  },
  linkUp: {
    kind: "gauge",
    name: "rrpc_gateway_link_up",
    help: "1 while the serial port is open, else 0.",
    labels: [],
  },
  linkChanges: {
    kind: "counter",
    name: "rrpc_gateway_link_changes_total",
    help: "Openings of the port and their ends, by what they changed to: up, down.",
    labels: ["to"],
  },
  loopLag: {
    kind: "histogram",
    name: "rrpc_gateway_loop_lag_seconds",
    help: "How late a timer came, once a second.",
    labels: [],
    buckets: lags,
  },
  residentMemory: {
    kind: "gauge",
    name: "rrpc_gateway_process_resident_memory_bytes",
    help: "Resident memory.",
    labels: [],
  },
  heapUsed: {
    kind: "gauge",
    name: "rrpc_gateway_process_heap_used_bytes",
    help: "Used part of V8's heap.",
    labels: [],
  },
  cpu: {
    kind: "counter",
    name: "rrpc_gateway_process_cpu_seconds_total",
    help: "CPU time, user and system.",
    labels: [],
  },
  startTime: {
    kind: "gauge",
    name: "rrpc_gateway_process_start_time_seconds",
    help: "Start of the process, in Unix time.",
    labels: [],
  },
  build: {
    kind: "gauge",
    name: "rrpc_gateway_build_info",
    help: "Always 1: which version runs, for which device of which product.",
    labels: ["version", "product", "device"],
  },
  certificateEnd: {
    kind: "gauge",
    name: "rrpc_gateway_certificate_expiry_timestamp_seconds",
    help: "When the device's certificate runs out, in Unix time; only where the device has one.",
    labels: [],
  },
  updated: {
    kind: "gauge",
    name: "rrpc_gateway_updated_timestamp_seconds",
    help: "When these figures were written, in Unix time: old in a file that nobody writes any more.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, Declaration>>;
