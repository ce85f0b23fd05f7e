import { z } from "zod";
import { type Reason, reasons } from "../../src/core/outcome.ts";
import { type Ask, type Outage, replyTo, type Sight } from "./sight.ts";

/** What was seen from outside while a gateway ran. All times are `performance.now()` of the suite. */
export interface Evidence {
  readonly asks: readonly Ask[];
  readonly sights: readonly Sight[];
  /** The payload of each command that the MCU began to do, one character for each byte. */
  readonly deeds: readonly string[];
  readonly outages: readonly Outage[];
  /** When the gateway's processes were started: a new one does not know when the last one connected. */
  readonly startsAtMs: readonly number[];
  readonly cutoffMs: number;
}

/** The figures of one row. Every one from `wrong` on is a broken promise. */
export interface Figures {
  /** Requests that the cloud's side made, and of these the ones that the gateway got, each delivery counted. */
  readonly asked: number;
  readonly delivered: number;
  readonly ok: number;
  /** Errors by "code reason". */
  readonly errors: ReadonlyMap<string, number>;
  /** Requests whose session, or whose network, was lost before the cutoff: nobody could have answered. */
  readonly lost: number;
  /** Requests that the gateway answered, but the network brought the response to the cloud's side late or never. */
  readonly answeredInVain: number;
  readonly broken: Broken;
}

export interface Broken {
  /** Not the command's reply, no error of the contract, or no response to any request. */
  readonly wrong: number;
  readonly answeredTwice: number;
  readonly executedTwice: number;
  readonly executedAfterRefusal: number;
  /** Later than the cutoff after the gateway got the request. */
  readonly late: number;
  readonly unanswered: number;
  /** A CONNECT within 5 s of the last one. */
  readonly hastyConnects: number;
}

/** IoT Hub allows one CONNECT in 5 s; a ms is the timers' own. */
const connectIntervalMs = 4999;

type Passage = Extract<Sight, { readonly kind: "request" | "response" }>;

interface Exchange {
  readonly requests: Passage[];
  readonly responses: Passage[];
}

/** Adds up what was seen, and holds it against the promises. */
export function reckon(evidence: Evidence): Figures {
  const exchanges = exchangesOf(evidence.sights);
  const errors = new Map<string, number>();
  const figures = { delivered: 0, ok: 0, lost: 0 };
  const broken = { wrong: 0, answeredTwice: 0, late: 0, unanswered: 0 };
  const denials = new Map<string, number>();
  for (const { requests, responses } of exchanges.values()) {
    figures.delivered += requests.length;
    broken.answeredTwice += Math.max(0, responses.length - requests.length);
    for (const response of responses) {
      const request = requests.findLast(({ atMs }) => atMs <= response.atMs);
      const meaning = request === undefined ? "wrong" : meaningOf(response.payload, request.payload);
      if (request !== undefined && response.atMs - request.atMs >= evidence.cutoffMs) broken.late += 1;
      if (meaning === "wrong") broken.wrong += 1;
      else if (meaning === "ok") figures.ok += 1;
      else {
        errors.set(meaning.name, (errors.get(meaning.name) ?? 0) + 1);
        if (meaning.isDenial && request !== undefined) add(denials, request.payload.toString("latin1"));
      }
    }
    const { lost, unanswered } = missingOf({ requests, responses }, evidence);
    figures.lost += lost;
    broken.unanswered += unanswered;
  }
  return {
    asked: evidence.asks.length,
    ...figures,
    errors: new Map([...errors].sort(([one], [other]) => one.localeCompare(other))),
    answeredInVain: answeredInVain(evidence, exchanges),
    broken: { ...broken, ...executionOf(evidence, exchanges, denials), hastyConnects: hastyConnectsOf(evidence) },
  };
}

function exchangesOf(sights: readonly Sight[]): Map<string, Exchange> {
  const exchanges = new Map<string, Exchange>();
  for (const sight of sights) {
    if (sight.kind !== "request" && sight.kind !== "response") continue;
    const exchange = exchanges.get(sight.processId) ?? { requests: [], responses: [] };
    exchanges.set(sight.processId, exchange);
    exchange[sight.kind === "request" ? "requests" : "responses"].push(sight);
  }
  return exchanges;
}

/** What a response says: the reply to just this request, an error of the contract, or nothing that it may say. */
function meaningOf(response: Buffer, request: Buffer): "ok" | "wrong" | { name: string; isDenial: boolean } {
  if (response.equals(replyTo(request))) return "ok";
  const read = errorSchema.safeParse(parseJson(response.toString()));
  if (!read.success) return "wrong";
  const { code, reason, executed } = read.data.error;
  const contract = reasons[reason];
  if (contract.code !== code || contract.executed !== executed) return "wrong";
  return { name: `${code} ${reason}`, isDenial: executed === "no" };
}

const errorSchema = z.object({
  error: z.object({
    source: z.enum(["gateway", "mcu"]),
    code: z.string(),
    reason: z.enum(Object.keys(reasons) as Reason[]),
    executed: z.enum(["no", "unknown"]),
  }),
});

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Requests without a response. What was under way when its session, or the network, was lost is nobody's fault, and of
 * several deliveries of one request one may be answered for all.
 */
function missingOf({ requests, responses }: Exchange, evidence: Evidence): { lost: number; unanswered: number } {
  const missing = requests.length - responses.length;
  if (missing <= 0) return { lost: 0, unanswered: 0 };
  const lost = Math.min(missing, requests.filter((request) => isLost(request, evidence)).length);
  const repeats = Math.max(0, requests.length - 1 - lost);
  return { lost, unanswered: Math.max(0, missing - lost - (responses.length > 0 ? repeats : 0)) };
}

function isLost({ atMs, connection }: Passage, { sights, outages, cutoffMs }: Evidence): boolean {
  const toMs = atMs + cutoffMs;
  const end = sights.find((sight) => sight.kind === "closed" && sight.connection === connection);
  if (end?.kind === "closed" && !end.isGoodbye && end.atMs < toMs) return true;
  return outages.some((outage) => outage.fromMs < toMs && atMs < outage.toMs);
}

function answeredInVain({ asks, cutoffMs }: Evidence, exchanges: ReadonlyMap<string, Exchange>): number {
  return asks.filter(({ processId, atMs, heardAtMs: [heardAtMs] }) => {
    const wasAnswered = (exchanges.get(processId)?.responses.length ?? 0) > 0;
    return wasAnswered && (heardAtMs === undefined || heardAtMs - atMs >= cutoffMs);
  }).length;
}

/** Each payload may be done once for each exchange that has it, less those that were told that it was not. */
function executionOf(
  { deeds }: Evidence,
  exchanges: ReadonlyMap<string, Exchange>,
  denials: ReadonlyMap<string, number>,
): Pick<Broken, "executedTwice" | "executedAfterRefusal"> {
  const allowed = new Map<string, number>();
  for (const { requests } of exchanges.values()) {
    for (const payload of new Set(requests.map((request) => request.payload.toString("latin1")))) add(allowed, payload);
  }
  const done = new Map<string, number>();
  for (const deed of deeds) add(done, deed);
  let executedTwice = 0;
  let executedAfterRefusal = 0;
  for (const [payload, count] of done) {
    const denied = denials.get(payload) ?? 0;
    const excess = Math.max(0, count - Math.max(0, (allowed.get(payload) ?? 0) - denied));
    executedAfterRefusal += Math.min(excess, denied);
    executedTwice += excess - Math.min(excess, denied);
  }
  return { executedTwice, executedAfterRefusal };
}

function hastyConnectsOf({ sights, startsAtMs }: Evidence): number {
  const openedAtMs = sights.filter(({ kind }) => kind === "opened").map(({ atMs }) => atMs);
  return openedAtMs.filter((atMs, index) => {
    const beforeMs = openedAtMs[index - 1] ?? Number.NEGATIVE_INFINITY;
    return atMs - beforeMs < connectIntervalMs && !startsAtMs.some((startMs) => beforeMs < startMs && startMs < atMs);
  }).length;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
