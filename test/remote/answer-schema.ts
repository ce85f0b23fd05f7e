/** What the gateway answers to orders from the cloud. docs/schemas has it as JSON Schema. */
import { z } from "zod";
import { answerVersion } from "../../src/remote/answer.ts";
import { remoteReasons } from "../../src/remote/error.ts";
import { operations, orderedLevels } from "../../src/remote/order.ts";
import { runningStatus } from "../observe/monitor-schema.ts";

const remote = z.literal(answerVersion).describe("The version of this form.");
const count = z.int().min(1);
const ms = z.number().min(0).describe("In milliseconds.");
const board = z.string().describe("The board's name in the gateway's configuration.");
const forPeople = z.string().describe("For people: it may change.");
const leftOut = (name: "boards" | "events" | "findings") =>
  z
    .object({ [name]: count })
    .optional()
    .describe("How many were left out, because a response can be no longer.");

function answer<Name extends string, Shape extends z.core.$ZodLooseShape>(operation: Name, shape: Shape) {
  return z.object({ remote, operation: z.literal(operation), ...shape });
}

/** Orders that may take longer than a request waits. */
function progressing(
  operation: string,
  about: Record<string, z.ZodType>,
  outcomes: Record<string, Record<string, z.ZodType>>,
) {
  const running = answer(operation, { ...about, state: z.literal("running"), forMs: ms }).describe(
    "Not ended yet: the same order, sent again, tells the outcome.",
  );
  const done = { ...about, state: z.literal("done"), tookMs: ms, agoMs: ms.describe("How long ago it ended.") };
  return [
    running,
    ...Object.entries(outcomes).map(([result, shape]) =>
      answer(operation, { ...done, result: z.literal(result), ...shape }),
    ),
  ];
}

const ofBoard = { board };
const portOutcomes = {
  open: {},
  closed: {
    why: z.string().describe("Why the port is not open again, by name, such as no_device; the gateway goes on trying."),
  },
};

const position = z.int().min(1);
const path = z.string().optional().describe("The option; absent where it is none that there is.");

const remoteAnswer = z
  .union([
    answer("status", {
      isHealthy: z.boolean(),
      text: z.string().describe("What is wrong, or else the status: for people."),
      status: runningStatus,
      leftOut: leftOut("boards"),
    }),
    answer("boards", {
      boards: z.array(
        z.object({
          name: board,
          device: z.object({ productId: z.string(), deviceName: z.string() }),
          serial: z.object({ path: z.string(), baudRate: z.number(), dialect: z.string(), isUp: z.boolean() }),
          hasOpenRequest: z.boolean(),
          isReleased: z.boolean(),
          hello: z.string().optional().describe("What its MCU has said of itself last."),
          reset: forPeople.optional().describe("What `reset` does to it; absent where nothing is configured."),
        }),
      ),
      leftOut: leftOut("boards"),
    }),
    answer("dump", {
      events: z
        .array(z.looseObject({ kind: z.string(), time: z.iso.datetime() }))
        .describe(
          "The newest that fit, the latest last, each as in monitor.schema.json; without contents of payloads, whatever the log's level is.",
        ),
      leftOut: leftOut("events"),
    }),
    answer("log", {
      level: z.enum(orderedLevels),
      forMs: ms.describe("From now on; then the configured level holds again."),
      configured: z.string(),
    }),
    ...progressing(
      "doctor",
      {},
      {
        examined: {
          status: z.enum(["ok", "warning", "fault"]).describe("The worst state."),
          findings: z
            .array(
              z.object({
                id: z.string(),
                code: z.string(),
                state: z.enum(["ok", "warning", "fault", "unknown"]),
                board: board.optional(),
                subject: forPeople,
                line: position.optional(),
                column: position
                  .optional()
                  .describe("Of `configuration`: where in the file, and nothing of what stands there."),
                path,
                help: forPeople.optional(),
              }),
            )
            .describe("As `rrpc-gateway doctor --json` prints them, without their evidence; what is ok comes last."),
          leftOut: leftOut("findings"),
        },
        failed: { why: forPeople },
      },
    ),
    ...progressing(
      "reload",
      {},
      {
        taken: { text: forPeople.describe("What has changed, and what it cost.") },
        refused: {
          findings: z
            .array(
              z.object({
                severity: z.enum(["fault", "warning"]),
                code: z.string(),
                line: position,
                column: position,
                path,
              }),
            )
            .describe("Where in the file, and nothing of what stands there. The old configuration goes on."),
          leftOut: leftOut("findings"),
        },
        device_taken: {},
      },
    ),
    ...progressing("probe", ofBoard, {
      answered: {
        hello: z.string(),
        ms: ms.optional().describe("In milliseconds; absent where the hello may not be this probe's answer."),
      },
      unanswered: { waitedMs: ms },
      not_sent: { why: forPeople },
    }),
    ...progressing("reopen", ofBoard, portOutcomes),
    ...progressing("reset", ofBoard, { ...portOutcomes, not_possible: {} }),
  ])
  .describe("What the gateway answers.");

const remoteFailure = z
  .object({
    error: z.object({
      source: z.literal("gateway"),
      code: z.enum([...new Set(Object.values(remoteReasons).map(({ code }) => code))]),
      reason: z.enum(Object.keys(remoteReasons)),
      executed: z.enum(["no", "unknown"]),
      message: forPeople,
      processId: z.string(),
      operation: z.enum(operations).optional().describe("Absent where the payload is no order."),
      board: board.optional(),
    }),
  })
  .describe("Its error, told by the key error as those of boards are.");

export const remoteResponse = z.union([remoteAnswer, remoteFailure]).meta({
  title: "The response to an order from the cloud",
  description: "Keys, results and operations may be added within a version: leave those that you do not know.",
});
