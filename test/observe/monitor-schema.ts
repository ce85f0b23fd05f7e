/** What programs read of a running gateway. docs/schemas has it as JSON Schema. */
import { z } from "zod";
import type { EchoFinding } from "../../src/core/echo.ts";
import { reasons } from "../../src/core/outcome.ts";
import type { UnsentProbeReason } from "../../src/core/probe-result.ts";
import { rungs } from "../../src/core/recovery.ts";
import { dropNames, type Report, remoteOrders, remoteRefusals, skipNames } from "../../src/core/report.ts";
import { offlineReasons } from "../../src/observe/metrics/catalogue.ts";
import { protocolVersion, type RefusalCode, releaseMsMax } from "../../src/observe/socket-protocol.ts";

const count = z.int().min(0);
const ms = z.number().describe("In milliseconds, with fractions.");
const rung = z.enum(rungs);

function report<Kind extends Report["kind"], Shape extends z.core.$ZodLooseShape>(kind: Kind, shape: Shape) {
  return z.object({ kind: z.literal(kind), ...shape });
}

/** By kind: the compiler asks for the schema of a new one. */
const reports = {
  settled: report("settled", {
    processId: z.string(),
    outcome: z.enum(["ok", ...Object.keys(reasons)]).describe("ok, or the reason of the error."),
    source: z.literal("local").optional().describe("local: it came from this machine; absent: from the hub."),
    totalMs: ms.describe("From the request's arrival to its response."),
    queueMs: ms.optional().describe("Of that, until the command was handed to the port; absent where it never was."),
    wireMs: ms.optional().describe("What the command and the answer take on the wire, computed."),
    leftMs: ms.describe("What was left until the deadline."),
  }),
  dropped: report("dropped", {
    name: z.enum(dropNames),
    processId: z.string().optional(),
    detail: z.string().optional(),
    isKnown: z.boolean().optional().describe("It is only counted: the same was told before, or it is as it should be."),
  }),
  mcu_log: report("mcu_log", { text: z.string().describe("The MCU's own words.") }),
  mcu_log_hidden: report("mcu_log_hidden", {
    byteCount: count,
    cause: z.string().optional().describe("Why the line comes, and what helps."),
  }),
  bytes_skipped: report("bytes_skipped", {
    skips: z.array(z.object({ name: z.enum(skipNames), where: z.enum(["front", "end"]), byteCount: count })),
    around: z.array(z.string()).optional().describe("What was taken off, escaped; absent where nothing in it is new."),
  }),
  other_line_end: report("other_line_end", { ours: z.enum(["lf", "cr"]), byteCount: count }),
  mcu_hello: report("mcu_hello", { text: z.string() }),
  mcu_without_hello: report("mcu_without_hello", { waitedMs: ms }),
  mcu_version_unsupported: report("mcu_version_unsupported", { version: z.string(), isSure: z.boolean() }),
  mcu_restarted: report("mcu_restarted", { inFlightCount: count }),
  mcu_damage_report: report("mcu_damage_report", {}),
  mcu_away: report("mcu_away", { unansweredCount: count, answersProbes: z.boolean() }),
  mcu_back: report("mcu_back", { awayMs: ms, rung: rung.describe("What was tried last.") }),
  mcu_unlinked: report("mcu_unlinked", {}),
  recovering: report("recovering", { rung, awayMs: ms, answersProbes: z.boolean() }),
  board_released: report("board_released", {}),
  board_taken_back: report("board_taken_back", { releasedMs: ms }),
  remote_answered: report("remote_answered", { order: z.enum(remoteOrders) }),
  remote_refused: report("remote_refused", {
    order: z.enum(remoteOrders).optional().describe("Absent where the payload is no order."),
    reason: z.enum(remoteRefusals),
  }),
  command_resent: report("command_resent", { processId: z.string() }),
  echo: report("echo", {
    finding: z.enum(["heard", "missing", "alone", "prompted", "torn"] satisfies EchoFinding[]),
  }),
  writes_held: report("writes_held", {
    reason: z.enum(["unanswered", "stray_answer", "stray_line", "first_opening"]),
    forMs: ms,
    processId: z.string(),
  }),
  write_stalled: report("write_stalled", {}),
} satisfies { readonly [Kind in Report["kind"]]: z.ZodType };

const anyReport = z.union(Object.values(reports));

const time = z.iso.datetime().describe("Of the wall clock, in UTC.");
const board = z.string().min(1).describe("The board's name.");

const ofBoard = board.optional().describe("The board's name; absent for what is no board's.");

const offlineReason = z.object({
  kind: z.enum(offlineReasons as [string, ...string[]]),
  operation: z.enum(["online", "bind", "subscribe"]).optional().describe("What the hub was asked for."),
  code: z.int().optional().describe("The hub's result; docs/boards.md has them."),
});

const contents = z
  .union([z.object({ text: z.string() }), z.object({ base64: z.base64() })])
  .describe("The payload or line: as text where it is UTF-8. Only with --payloads, or in a dump at log level debug.");

const payload = z
  .union([z.object({ text: z.string() }), z.object({ base64: z.base64() })])
  .describe("As text where it is UTF-8.");

const refusalCodes = [
  "unknown_order",
  "unknown_version",
  "unknown_board",
  "board_needed",
  "read_only",
  "released_already",
  "stopping",
  "too_many_clients",
] as const satisfies readonly RefusalCode[];

const lineFields = {
  time,
  board,
  byteCount: count,
  head: z.string().optional().describe("What of the line is no payload: its sigil with the id or name behind it."),
  contents: contents.optional(),
};

const requestFields = {
  time,
  board,
  processId: z.string(),
  source: z.literal("local").optional().describe("local: it comes from this machine; absent: from the hub."),
  byteCount: count,
  contents: contents.optional(),
};

/** One line of the monitor's socket, of `monitor --json` and of `dump --json`. */
export const monitorMessage = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("request"), ...requestFields }),
    z.object({ kind: z.literal("response"), ...requestFields }),
    z.object({ kind: z.literal("line_out"), ...lineFields }).describe("A line to the MCU."),
    z.object({ kind: z.literal("line_in"), ...lineFields }).describe("A line from the MCU."),
    z.object({ kind: z.literal("session"), time, isUp: z.boolean() }).describe("The session with the hub."),
    z.object({ kind: z.literal("link"), time, board, isUp: z.boolean() }).describe("The board's serial port."),
    z
      .object({ kind: z.literal("online"), time, board, isUp: z.boolean(), reason: offlineReason.optional() })
      .describe("Whether the hub passes on the requests of one of several boards, and why not."),
    z.object({
      kind: z.literal("report"),
      time,
      board: ofBoard,
      level: z.enum(["debug", "info", "warn", "error"]),
      text: z.string().describe("As in the log: for people, and it may change."),
      report: anyReport,
    }),
    z
      .object({ kind: z.literal("status"), time, text: z.string() })
      .describe("How things are when watching begins, as systemctl status shows it: for people, and it may change."),
    z
      .object({ kind: z.literal("lost"), time, count: count.min(1) })
      .describe("So many lines were not sent, because the ones before were not read fast enough."),
    z
      .object({ kind: z.literal("gap"), time, board: ofBoard, count: count.min(1) })
      .describe("In a dump: so many of the board before the next line are not kept any more."),
    z
      .object({
        kind: z.literal("refused"),
        code: z.enum(refusalCodes),
        text: z.string(),
        ref: z
          .number()
          .optional()
          .describe(
            "That of the call or probe that is not made, where it had one: those before it are, those after it are not.",
          ),
      })
      .describe("Of the sockets alone, and the last line: why the order is not carried out; text is for people."),
    z
      .object({
        time,
        kind: z.literal("answer"),
        ref: z.number().optional().describe("That of the call, where it had one."),
        processId: z.string(),
        payload,
        ms: ms.describe("From the order's arrival in the gateway to this answer."),
      })
      .describe("Of the control socket: the MCU's reply as it is, or the error that a caller in the cloud would get."),
    z
      .object({
        time,
        kind: z.literal("probed"),
        ref: z.number().optional().describe("That of the probe, where it had one."),
        result: z.discriminatedUnion("kind", [
          z.object({
            kind: z.literal("answered"),
            hello: z.string().describe("What the MCU says of itself, for people."),
            ms: ms
              .optional()
              .describe(
                "From the probe's writing to the hello; absent where the hello may not be this probe's answer.",
              ),
          }),
          z.object({ kind: z.literal("unanswered"), waitedMs: ms }),
          z.object({
            kind: z.literal("not_sent"),
            why: z.enum(["link_down", "write_stalled", "released", "no_probe"] satisfies UnsentProbeReason[]),
          }),
        ]),
      })
      .describe("Of the control socket: what came of a probe."),
    z
      .object({
        kind: z.literal("released"),
        board,
        path: z.string(),
        baudRate: z.number(),
        forMs: ms.describe("The longest that the port is the client's."),
      })
      .describe("Of the control socket: the port is closed, and the client's."),
    z
      .object({ kind: z.literal("release_over"), why: z.enum(["time", "given_back", "removed", "stopping"]) })
      .describe(
        "Of the control socket: the port is the client's no more. After time it is taken back in 10 s at the latest; after removed, which says that its board is gone, it is the client's until the connection ends.",
      ),
  ])
  .meta({
    title:
      "A line of `rrpc-gateway monitor --json`, of `rrpc-gateway dump --json`, of the monitor's socket and of the control socket",
    description: "Kinds and keys may be added within a major version: leave those that you do not know.",
  });

const ordered = z
  .string()
  .optional()
  .describe("Only what happens to this board, and what belongs to none; absent: everything.");

const version = z.literal(protocolVersion).optional().describe("Of this protocol; absent: 1.");

const target = z.string().optional().describe("Which board; needed where there are several.");

/** What a client sends to the monitor's socket or the control socket, one line each. */
export const monitorOrder = z
  .discriminatedUnion("want", [
    z.object({ want: z.literal("watch"), version, withContents: z.boolean(), board: ordered }),
    z.object({ want: z.literal("dump"), version, board: ordered }),
    z
      .object({
        want: z.literal("call"),
        version,
        board: target,
        payload,
        ref: z.number().optional().describe("A number of your own, which the answer has too."),
      })
      .describe("Of the control socket: a request to the board. More calls and probes may follow on the connection."),
    z
      .object({
        want: z.literal("probe"),
        version,
        board: target,
        ref: z.number().optional().describe("A number of your own, which what comes of it has too."),
      })
      .describe(
        "Of the control socket: the board is asked who it is. More probes and calls may follow on the connection.",
      ),
    z
      .object({
        want: z.literal("release"),
        version,
        board: target,
        forMs: z.number().min(1).max(releaseMsMax).describe("The longest that the port is the client's."),
      })
      .describe("Of the control socket: the board's port, until the connection ends or its time is over."),
  ])
  .meta({ title: "An order of a client of the monitor's socket or the control socket, as one line" });

const connectionPart = z.object({
  isUp: z.boolean(),
  forMs: ms.describe("How long it has been as it is, in milliseconds."),
  why: z.string().optional().describe("Why it is away, by name, such as no_device."),
});

const byOutcome = z
  .record(z.string(), count)
  .describe("Of the hub's requests, by outcome: ok, or the reason of the error.");

const boardPart = z.object({
  name: z.string(),
  serial: connectionPart,
  released: z.object({ who: z.string(), forMs: ms }).optional().describe("Who has the port instead of the gateway."),
  mcuIncident: z.string().optional().describe("What keeps the MCU from serving: words, with a name in brackets."),
  offlineBecause: z
    .string()
    .optional()
    .describe("Why the hub sends it no requests although the session is up, by name."),
  hello: z.string().optional().describe("What its MCU has said of itself last."),
  total: byOutcome,
  lastHour: byOutcome,
  p99Ms: ms.optional().describe("Of the latest 1000 replies."),
  lastError: z.object({ reason: z.enum(Object.keys(reasons)), agoMs: ms }).optional(),
});

/** How the running gateway is. */
export const runningStatus = z.object({
  version: z.string(),
  nodeVersion: z.string(),
  upMs: ms,
  hub: connectionPart,
  boards: z.array(boardPart),
});

/** The one line of the socket that `rrpc-gateway health` and `status` ask. */
export const health = z
  .object({
    isHealthy: z.boolean(),
    text: z.string().describe("What is wrong, or else the status: for people."),
    status: runningStatus.optional().describe("Absent where the gateway waits for what it needs for its start."),
  })
  .meta({ title: "The line that the health socket sends to whoever connects" });

/** By the file's name under docs/schemas. */
export const schemas = {
  "monitor.schema.json": monitorMessage,
  "monitor-order.schema.json": monitorOrder,
  "health.schema.json": health,
} as const;
