import assert from "node:assert/strict";
import { deviceSecret, type TrafficEvent } from "./broker-messages.ts";

/** What was seen from outside while a gateway ran: by the broker, by the MCU, and by who reads its log. */
export interface Evidence {
  readonly traffic: readonly TrafficEvent[];
  readonly commands: readonly Command[];
  /** What the MCU counts itself. */
  readonly executedTwice: number;
  readonly cutoffMs: number;
  /** The processIDs of requests that may stay without a response although their session lives. */
  readonly unanswered: readonly string[];
  /** Whether the MCU remembers its commands, so that one may reach it again. */
  readonly resends: boolean;
  readonly logLevel: string;
  readonly stderr: string;
}

/** A command as the MCU read it from the line; Unix time in ms. */
export interface Command {
  readonly processId: string;
  /** Without its LF, one character for each byte. */
  readonly line: string;
  readonly atMs: number;
}

/** What two processes on a busy machine may see of one moment in another order. */
const skewMs = 500;

/** IoT Hub allows one CONNECT in 5 s; the clocks of two processes drift apart by less than a ms in so long. */
const connectIntervalMs = 4999;

/** A shorter payload may stand in a log by chance. */
const telltaleBytesMin = 8;

type TrafficEventOf<Kind extends TrafficEvent["kind"]> = Extract<TrafficEvent, { readonly kind: Kind }>;

/** A promise that no busy machine excuses. */
export class BrokenPromise extends Error {}

/** The promises that hold whatever happens; what else a test expects it says itself. */
export function checkPromises(evidence: Evidence): void {
  checkTimelessPromises(evidence);
  for (const exchange of exchangesOf(evidence)) checkTimes(exchange, evidence);
}

/** Those that do not depend on time: they hold at any moment, and on a machine that lets nobody run. */
export function checkTimelessPromises(evidence: Evidence): void {
  try {
    assert.equal(evidence.executedTwice, 0, "executed twice");
    for (const exchange of exchangesOf(evidence)) {
      checkResponses(exchange);
      checkExecution(exchange, evidence);
    }
    checkConnections(evidence.traffic);
    checkLog(evidence);
  } catch (error) {
    throw new BrokenPromise(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** All that has to do with one processID. */
interface Exchange {
  readonly processId: string;
  readonly requests: TrafficEventOf<"request" | "response">[];
  readonly responses: TrafficEventOf<"request" | "response">[];
  readonly commands: Command[];
}

function exchangesOf({ traffic, commands }: Evidence): Iterable<Exchange> {
  const exchanges = new Map<string, Exchange>();
  const of = (processId: string): Exchange => {
    const found = exchanges.get(processId) ?? { processId, requests: [], responses: [], commands: [] };
    exchanges.set(processId, found);
    return found;
  };
  for (const event of traffic) {
    if (event.kind === "request") of(event.processId).requests.push(event);
    if (event.kind === "response") of(event.processId).responses.push(event);
  }
  for (const command of commands) of(command.processId).commands.push(command);
  return exchanges.values();
}

/** Promise 1: not more than one response to each request. */
function checkResponses({ processId, requests, responses }: Exchange): void {
  for (const { atMs } of responses) {
    assert.ok(
      requests.some((request) => request.atMs <= atMs),
      `${processId}: answered without a request`,
    );
  }
  assert.ok(responses.length <= requests.length, `${processId}: ${responses.length} responses`);
}

/** Promise 1: one response to each request, in time, unless its session is gone. */
function checkTimes({ processId, requests, responses, commands }: Exchange, evidence: Evidence): void {
  const { traffic, cutoffMs } = evidence;
  for (const { atMs } of responses) {
    const tookMs = atMs - (requests.findLast((request) => request.atMs <= atMs)?.atMs ?? atMs);
    assert.ok(tookMs < cutoffMs, `${processId}: answered after ${Math.round(tookMs)} ms`);
  }
  if (!evidence.resends) checkOrder({ processId, responses, commands });
  if (evidence.unanswered.includes(processId)) return;
  const isExcused = ({ atMs, payload }: TrafficEventOf<"request" | "response">) =>
    !isInSession(traffic, atMs, atMs + cutoffMs) ||
    requests.some(
      (earlier) => earlier.atMs < atMs && atMs - earlier.atMs < cutoffMs && earlier.payload.equals(payload),
    );
  const unanswered = requests.length - responses.length;
  assert.ok(unanswered <= requests.filter(isExcused).length, `${processId}: ${unanswered} times no response`);
}

/** Whether a session was there at `fromMs` and not lost before `untilMs`; one that ends with DISCONNECT is not lost. */
function isInSession(traffic: readonly TrafficEvent[], fromMs: number, untilMs: number): boolean {
  const since = traffic.findLast(({ kind, atMs }) => kind === "subscribed" && atMs <= fromMs);
  if (since === undefined) return false;
  const end = traffic.find((event) => event.kind === "connection_ended" && event.atMs > since.atMs);
  if (end?.kind !== "connection_ended" || end.atMs > untilMs) return true;
  return end.isGoodbye && end.atMs > fromMs;
}

/** Promise 4: none twice, none where the error says that it was not executed. */
function checkExecution({ processId, requests, responses, commands }: Exchange, { resends }: Evidence): void {
  if (resends) return;
  const denials = responses.filter(({ payload }) => saysNotExecuted(payload)).length;
  assert.ok(commands.length <= requests.length - denials, `${processId}: executed, and said not to be`);
}

/** Promise 3: no command when its caller has his answer, as far as two processes can tell. */
function checkOrder({ processId, responses, commands }: Omit<Exchange, "requests">): void {
  const [response] = responses;
  for (const { atMs } of responses.length === 1 && response !== undefined ? commands : []) {
    assert.ok(atMs < (response?.atMs ?? 0) + skewMs, `${processId}: written after it was answered`);
  }
}

function saysNotExecuted(payload: Buffer): boolean {
  const text = payload.toString();
  return text.startsWith('{"error":{"source":"gateway"') && text.includes('"executed":"no"');
}

function checkConnections(traffic: readonly TrafficEvent[]): void {
  const begun = traffic.filter(({ kind }) => kind === "connection_began");
  for (const [index, { atMs }] of begun.entries()) {
    const since = atMs - (begun[index - 1]?.atMs ?? Number.NEGATIVE_INFINITY);
    assert.ok(since >= connectIntervalMs, `connected again after ${Math.round(since)} ms`);
  }
  assert.deepEqual(
    traffic.filter(({ kind }) => kind === "violation"),
    [],
  );
}

function checkLog({ traffic, logLevel, stderr }: Evidence): void {
  assert.doesNotMatch(stderr, / bug: |UnhandledPromise|Warning/);
  for (const secret of [deviceSecret, Buffer.from(deviceSecret, "base64").toString()]) {
    assert.ok(!stderr.includes(secret), "the log contains the secret");
  }
  if (logLevel === "debug") return;
  for (const event of traffic) {
    if (event.kind !== "request" && event.kind !== "response") continue;
    const text = event.payload.toString();
    const isTelltale = text.length >= telltaleBytesMin && !text.startsWith('{"error"');
    assert.ok(!isTelltale || !stderr.includes(text), `the log contains the payload ${text}`);
  }
}
