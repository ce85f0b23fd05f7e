/** What `doctor`, `check`, `call` and `bench` print for programs. docs/schemas has it as JSON Schema. */
import { z } from "zod";
import type { FindingCode } from "../../src/config/findings.ts";
import { checks, type FindingId, unknownCodes } from "../../src/doctor/finding.ts";
import { partNames, percentileNames } from "../../src/lab/bench/load/figures.ts";
import { connectionEndKinds } from "../mqtt/ended.ts";

const count = z.int().min(0);
const ms = z.number().min(0).describe("In milliseconds, with fractions.");
const forPeople = z.string().describe("For people: it may change.");
const growth = "Keys, ids and codes may be added within a major version: leave those that you do not know.";

function findingOf(id: FindingId) {
  const codes = [...checks[id].codes, ...(id.startsWith("hub.") ? connectionEndKinds : []), ...unknownCodes];
  return z.object({
    id: z.literal(id),
    code: z.enum(codes as [string, ...string[]]).describe("What was found."),
    board: z
      .string()
      .optional()
      .describe("The board that it is about; absent for what is no board's, and where there is only one."),
    state: z
      .enum(["ok", "warning", "fault", "unknown"])
      .describe("A fault keeps the gateway from its work, a warning may do so later; unknown: not checked."),
    subject: forPeople,
    evidence: forPeople,
    line: z.int().min(1).optional().describe("Where in the configuration; absent for what is not there."),
    column: z.int().min(1).optional(),
    path: z.string().optional().describe("The option's dotted name; absent for the file as a whole."),
    help: forPeople.optional().describe("What helps, for people; absent where nothing has to be done."),
  });
}

/** `rrpc-gateway doctor --json`. */
export const doctorReport = z
  .object({
    status: z.enum(["ok", "warning", "fault"]).describe("The worst state."),
    config: z.string().describe("The configuration's absolute path."),
    user: z.string().describe("Whose rights were checked."),
    findings: z.array(z.discriminatedUnion("id", (Object.keys(checks) as FindingId[]).map(findingOf) as never)),
  })
  .meta({ title: "What `rrpc-gateway doctor --json` prints", description: growth });

/** `rrpc-gateway check --json`. */
export const checkReport = z
  .object({
    ok: z.boolean().describe("Every file is good."),
    files: z.array(
      z.object({
        file: z.string().describe("As it was named."),
        ok: z.boolean(),
        findings: z.array(
          z.object({
            severity: z.enum(["fault", "warning"]),
            code: z.enum([
              "invalid",
              "unreadable",
              "denied",
              "insecure_file",
              "no_credentials",
            ] satisfies FindingCode[]),
            line: z.int().min(1),
            column: z.int().min(1),
            path: z.string().describe("The option, such as hub.host; empty for the file itself."),
            expected: forPeople,
            found: forPeople,
          }),
        ),
      }),
    ),
  })
  .meta({ title: "What `rrpc-gateway check --json` prints", description: growth });

const percentiles = z.object(Object.fromEntries(percentileNames.map((name) => [name, ms])));

/** `rrpc-gateway call --json`, one line. */
export const callReport = z
  .discriminatedUnion("kind", [
    z.object({
      kind: z.literal("answered"),
      payload: z.string().describe("The reply as UTF-8 text."),
      payloadBase64: z.base64().describe("The reply's bytes."),
      processId: z.string(),
      ms,
    }),
    z.object({
      kind: z.literal("failed"),
      source: z.enum(["gateway", "mcu", "api", "caller"]).describe("Who says so; caller: no answer has come."),
      board: z
        .string()
        .optional()
        .describe("Of the gateway's boards the one that it is about; absent where there is only one."),
      code: z.string(),
      reason: z.string().describe("Empty where the source knows only codes."),
      executed: z.enum(["no", "unknown"]).describe("Whether the command can have been carried out."),
      message: forPeople,
      advice: forPeople,
      ms,
    }),
    z
      .object({
        kind: z.literal("load"),
        count: z.int().min(1),
        notMade: z
          .int()
          .min(1)
          .optional()
          .describe("So many more were wanted, when no call could be made any more; absent where all were made."),
        seconds: z.number(),
        outcomes: z.record(z.string(), z.int().min(1)).describe("How many calls ended so: ok, or the error's reason."),
        ms: percentiles.describe("From the order to its answer, as the caller sees it."),
      })
      .describe("With --local --count: all calls together."),
  ])
  .meta({ title: "What `rrpc-gateway call --json` prints", description: growth });

const ofBoard = z.string().optional().describe("Whose it is; absent where the gateway has only one board.");

/** What is published on `events.topic`. */
export const eventMessage = z
  .union([
    z.strictObject({ event: z.string().describe("The name that the MCU gave it."), payload: z.string() }),
    z.strictObject({ event: z.string(), payloadBase64: z.base64().describe("Where it is no UTF-8 text.") }),
    z.strictObject({
      gateway: z.literal("late_reply"),
      board: ofBoard,
      processId: z.string(),
      lateMs: z.int().min(0).describe("How long after the error the reply came."),
      outcome: z.literal("ok"),
      payload: z.string().optional(),
      payloadBase64: z.base64().optional().describe("Instead of payload, where it is no UTF-8 text."),
      isPartial: z.literal(true).optional().describe("Instead of a payload: lines of the answer are lost."),
    }),
    z.strictObject({
      gateway: z.literal("late_reply"),
      board: ofBoard,
      processId: z.string(),
      lateMs: z.int().min(0),
      outcome: z.literal("refused").describe("The MCU did not carry it out."),
      mcuCode: z.string(),
      mcuText: z.string(),
    }),
    z.strictObject({
      gateway: z.literal("mcu_restarted"),
      board: ofBoard,
      unanswered: z.array(z.string()).min(1).max(256).describe("The processIDs, the newest last."),
    }),
  ])
  .meta({ title: "What is published on `events.topic`", description: growth });

const conformance = z.object({
  hello: z
    .object({
      window: count,
      lineBytesMax: count.optional(),
      crc: z.boolean(),
      dedup: count,
      cancel: z.boolean(),
      boot: z.string().optional(),
      fw: z.string().optional(),
      problems: z.array(forPeople),
    })
    .optional()
    .describe("The board's latest; absent where it sends none."),
  abilities: z.object({ echoes: z.boolean(), counts: z.boolean(), slowMs: ms.optional() }),
  results: z.array(
    z.object({
      id: z.string().describe("Of the rule: it stays."),
      name: forPeople,
      section: z.string().describe("A heading of docs/line-protocol.md."),
      verdict: z.enum(["pass", "fail", "not_claimed", "not_judged"]),
      note: forPeople,
      because: z.string().optional().describe("The failed rule, by its id, because of which this one was not judged."),
      exchanged: z.array(z.object({ direction: z.enum(["sent", "received"]), line: z.string() })),
    }),
  ),
});

const load = z.object({
  plan: z.object({
    requests: count.optional(),
    durationMs: ms.optional(),
    pace: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("rate"), perSecond: z.number() }),
      z.object({ kind: z.literal("concurrency"), open: count }),
    ]),
    sizesBytes: z.array(count),
    plain: z.string(),
  }),
  figures: z.object({
    requests: count,
    answered: count,
    errors: z.array(z.tuple([z.string(), count])).describe("Outcomes other than ok, most frequent first."),
    shareInTime: z.number().min(0).max(1).describe("Of all requests, what was answered before the hub's cutoff."),
    perSecond: z.number().min(0),
    latency: z
      .object(Object.fromEntries(partNames.map((name) => [name, percentiles.optional()])))
      .describe("Of the answered requests."),
    histogram: z.array(z.object({ fromMs: ms, toMs: ms, count })),
  }),
  gatewayCounts: z.record(z.string(), count).describe("What the gateway counted besides answers."),
  strayReplies: count,
  lostEvents: count.describe(
    "Events of the gateway that the bench has missed: with any, splits and counts are incomplete.",
  ),
  readyAfterMs: ms,
  requests: z.array(
    z.object({
      index: count,
      processId: z.string().optional(),
      payloadBytes: count,
      startMs: ms,
      totalMs: ms,
      outcome: z.string().describe("ok; wrong for another request's reply; else the error's code and reason."),
      split: z.object({ queueMs: ms, wireMs: ms, mcuMs: ms, gatewayMs: ms }).optional(),
    }),
  ),
});

/** `rrpc-gateway bench --json FILE`. */
export const benchReport = z
  .object({
    verdict: z.enum(["pass", "fail"]),
    deviations: z.array(forPeople),
    environment: z.object({
      startedAt: z.iso.datetime(),
      version: z.string(),
      node: z.string(),
      machine: z.string(),
      port: z.string(),
      format: z.string(),
      specimen: z
        .object({ board: z.string().optional(), serialNumber: z.string().optional(), operator: z.string().optional() })
        .describe("As the command line says; what it does not say is absent."),
      adapter: z.string().optional().describe("Its name in /dev/serial/by-id, where it has one."),
      commands: z.object({ plain: z.string(), count: z.string(), slow: z.string() }),
      cutoffMs: ms,
      replyBytesMax: count.describe("Longest line that the gateway takes from the board."),
    }),
    conformance: conformance.optional().describe("Absent where that pass was not asked for."),
    load: load.optional().describe("Absent where that pass was not asked for."),
    against: z
      .object({
        startedAt: z.string(),
        firmware: z.string().optional(),
        worse: z.array(forPeople),
        better: z.array(forPeople),
        notCompared: z.array(forPeople),
      })
      .optional()
      .describe("Compared with the report of `--against`; absent without it. It does not change the verdict."),
  })
  .meta({ title: "What `rrpc-gateway bench --json FILE` writes", description: growth });

/** By the file's name under docs/schemas. */
export const outputSchemas = {
  "bench.schema.json": benchReport,
  "call.schema.json": callReport,
  "check.schema.json": checkReport,
  "doctor.schema.json": doctorReport,
  "event.schema.json": eventMessage,
} as const;
