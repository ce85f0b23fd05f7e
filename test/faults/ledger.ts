import { z } from "zod";
import { type Reason, reasons } from "../../src/core/outcome.ts";
import { isOrder, meaningOfAnswer } from "./order.ts";
import { type Call, type Execution, type Outage, replyTo, type TrafficEvent } from "./traffic.ts";

/** What was seen from outside while a gateway ran. All times are `performance.now()` of the suite. */
export interface Evidence {
  readonly calls: readonly Call[];
  readonly traffic: readonly TrafficEvent[];
  /** Each command that the MCU began to do. */
  readonly executions: readonly Execution[];
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
  readonly responsesLost: number;
  readonly broken: Broken;
  /** Each time that a promise was broken, in words. */
  readonly breaches: readonly Breach[];
}

export interface Breach {
  readonly promise: keyof Broken;
  /** Which request or command, and when, in ms since the first thing that was seen. */
  readonly what: string;
}

export interface Broken {
  /** Not the command's reply, no error of the contract, or no response to any request. */
  readonly wrong: number;
  readonly answeredTwice: number;
  readonly executedTwice: number;
  readonly executedAfterRefusal: number;
  /** A payload that no request has: part of one, or of two. */
  readonly executedMutilated: number;
  /** Later than the cutoff after the gateway got the request. */
  readonly late: number;
  readonly unanswered: number;
  /** A CONNECT within 5 s of the last one. */
  readonly hastyConnects: number;
}

/** IoT Hub allows one CONNECT in 5 s; a ms is the timers' own. */
const connectIntervalMs = 4999;

type Passage = Extract<TrafficEvent, { readonly kind: "request" | "response" }>;

interface Exchange {
  readonly requests: Passage[];
  readonly responses: Passage[];
}

/** Adds up what was seen, and holds it against the promises. */
export function account(evidence: Evidence): Figures {
  const exchanges = exchangesOf(evidence.traffic);
  const errors = new Map<string, number>();
  const figures = { delivered: 0, ok: 0, lost: 0 };
  const denials = new Map<string, number>();
  const breaches: Breach[] = [];
  const when = clockOf(evidence);
  for (const { requests, responses } of exchanges.values()) {
    figures.delivered += requests.length;
    const requestOf = pairing(requests, evidence);
    responses.forEach((response, index) => {
      const request = requestOf(response);
      const meaning = request === undefined ? "wrong" : meaningOf(response.payload, request.payload);
      const breach = (promise: Breach["promise"]) =>
        breaches.push({ promise, what: `${nameOf(request, when)} was answered ${nameOf(response, when)}` });
      if (index >= requests.length) breach("answeredTwice");
      if (request !== undefined && response.atMs - request.atMs >= evidence.cutoffMs) breach("late");
      if (meaning === "wrong") breach("wrong");
      else if (meaning === "ok") figures.ok += 1;
      else {
        errors.set(meaning.name, (errors.get(meaning.name) ?? 0) + 1);
        if (meaning.isDenial && request !== undefined) add(denials, textOf(request.payload));
      }
    });
    const { lost, unanswered } = missingOf({ requests, responses }, evidence);
    figures.lost += lost;
    // Those that nothing excuses first; of several deliveries the latest is the likeliest.
    const suspects = requests.toReversed().sort((one, other) => +isLost(one, evidence) - +isLost(other, evidence));
    for (const request of suspects.slice(0, unanswered)) {
      breaches.push({ promise: "unanswered", what: nameOf(request, when) });
    }
  }
  breaches.push(...executionOf(evidence, exchanges, denials, when), ...hastyConnectsOf(evidence, when));
  return {
    asked: evidence.calls.length,
    ...figures,
    errors: new Map([...errors].sort(([one], [other]) => one.localeCompare(other))),
    responsesLost: responsesLost(evidence, exchanges),
    broken: countsOf(breaches),
    breaches,
  };
}

function countsOf(breaches: readonly Breach[]): Broken {
  const counts = {
    wrong: 0,
    answeredTwice: 0,
    executedTwice: 0,
    executedAfterRefusal: 0,
    executedMutilated: 0,
    late: 0,
    unanswered: 0,
    hastyConnects: 0,
  };
  for (const { promise } of breaches) counts[promise] += 1;
  return counts;
}

/** Says a time as ms since the first thing that was seen. */
type Clock = (atMs: number) => string;

function clockOf({ traffic }: Evidence): Clock {
  const fromMs = traffic[0]?.atMs ?? 0;
  return (atMs) => `at ${Math.round(atMs - fromMs)} ms`;
}

function nameOf(passage: Passage | undefined, when: Clock): string {
  if (passage === undefined) return "no request";
  const { kind, processId, payload, atMs } = passage;
  const start = JSON.stringify(textOf(payload.subarray(0, 200)));
  return `${kind === "request" ? `request ${processId} ` : ""}${start} (${payload.length} B) ${when(atMs)}`;
}

function exchangesOf(traffic: readonly TrafficEvent[]): Map<string, Exchange> {
  const exchanges = new Map<string, Exchange>();
  for (const event of traffic) {
    if (event.kind !== "request" && event.kind !== "response") continue;
    const exchange = exchanges.get(event.processId) ?? { requests: [], responses: [] };
    exchanges.set(event.processId, exchange);
    exchange[event.kind === "request" ? "requests" : "responses"].push(event);
  }
  return exchanges;
}

/**
 * Which request a response can only be taken for by whoever waits: of those under its processID the first one that
 * waits yet; of several deliveries of that one the last. Responses are asked for in their order.
 */
function pairing(requests: readonly Passage[], evidence: Evidence): (response: Passage) => Passage | undefined {
  const answered = new Set<Passage>();
  return (response) => {
    const earlier = requests.filter(({ atMs }) => atMs <= response.atMs);
    const waits = (request: Passage) =>
      !answered.has(request) &&
      response.atMs - request.atMs < evidence.cutoffMs &&
      response.connection === request.connection;
    const first = earlier.find(waits) ?? earlier.at(-1);
    if (first === undefined) return undefined;
    const deliveries = earlier.filter(({ payload }) => payload.equals(first.payload));
    for (const delivery of deliveries) answered.add(delivery);
    return deliveries.at(-1);
  };
}

/** What a response says: the reply to just this request, an error of the contract, or nothing that it may say. */
function meaningOf(response: Buffer, request: Buffer): "ok" | "wrong" | { name: string; isDenial: boolean } {
  if (isOrder(request)) return meaningOfAnswer(response);
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

function isLost({ atMs, connection }: Passage, { traffic, outages, cutoffMs }: Evidence): boolean {
  const toMs = atMs + cutoffMs;
  const end = traffic.find((event) => event.kind === "closed" && event.connection === connection);
  if (end?.kind === "closed" && !end.isGoodbye && end.atMs < toMs) return true;
  return outages.some((outage) => outage.fromMs < toMs && atMs < outage.toMs);
}

function responsesLost({ calls, cutoffMs }: Evidence, exchanges: ReadonlyMap<string, Exchange>): number {
  return calls.filter(({ processId, atMs, heardAtMs: [heardAtMs] }) => {
    const wasAnswered = (exchanges.get(processId)?.responses.length ?? 0) > 0;
    return wasAnswered && (heardAtMs === undefined || heardAtMs - atMs >= cutoffMs);
  }).length;
}

/** Each payload may be done once for each exchange that has it, less those that were told that it was not; an order by no board. */
function executionOf(
  { executions }: Evidence,
  exchanges: ReadonlyMap<string, Exchange>,
  denials: ReadonlyMap<string, number>,
  when: Clock,
): Breach[] {
  const allowed = new Map<string, number>();
  for (const { requests } of exchanges.values()) {
    const commands = requests.filter(({ payload }) => !isOrder(payload));
    for (const payload of new Set(commands.map((request) => textOf(request.payload)))) add(allowed, payload);
  }
  const done = new Map<string, Execution[]>();
  for (const execution of executions) done.set(execution.payload, [...(done.get(execution.payload) ?? []), execution]);
  return [...done].flatMap(([payload, all]) => {
    const denied = denials.get(payload) ?? 0;
    const excess = all.slice(Math.max(0, (allowed.get(payload) ?? 0) - denied));
    const beyond = allowed.has(payload) ? "executedTwice" : "executedMutilated";
    return excess.map(({ atMs }, index) => ({
      promise: index < denied ? "executedAfterRefusal" : beyond,
      what: `${JSON.stringify(payload.slice(0, 200))} ${when(atMs)}, begun ${all.length} times`,
    }));
  });
}

function hastyConnectsOf({ traffic, startsAtMs }: Evidence, when: Clock): Breach[] {
  const openedAtMs = traffic.filter(({ kind }) => kind === "opened").map(({ atMs }) => atMs);
  const hasty = openedAtMs.filter((atMs, index) => {
    const beforeMs = openedAtMs[index - 1] ?? Number.NEGATIVE_INFINITY;
    return atMs - beforeMs < connectIntervalMs && !startsAtMs.some((startMs) => beforeMs < startMs && startMs < atMs);
  });
  return hasty.map((atMs) => ({ promise: "hastyConnects", what: `CONNECT ${when(atMs)}` }));
}

/** One character for each byte. */
function textOf(payload: Buffer): string {
  return payload.toString("latin1");
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
