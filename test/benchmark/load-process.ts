// The cloud side as a process of its own: publishes requests, takes the responses, and says how long each one took.
import mqtt from "mqtt";
import { SeededRandom } from "../support/seeded-random.ts";
import { answerParent } from "./children.ts";

/** `device` is PRODUCT/DEVICE; `qos` that of the requests. A request without response after `waitMs` is given up. */
export type LoadRequest = { readonly device: string; readonly qos: 0 | 1; readonly waitMs: number } & (
  | { readonly kind: "in_turn"; readonly count: number }
  /** So many are always open: with each response the next is published. */
  | { readonly kind: "in_flight"; readonly count: number; readonly open: number }
  /** Whether the last one is answered or not. */
  | {
      readonly kind: "at_rate";
      readonly count: number;
      readonly perSecond: number;
      readonly spacing: Spacing;
    }
  | { readonly kind: "at_once"; readonly count: number }
  /** One request after another until the MCU's first reply, for a gateway that is starting. */
  | { readonly kind: "knock"; readonly everyMs: number }
);

/**
 * What lies between two requests: always the same (`even`); one comes in each interval, at any moment of it, as a network
 * delivers what was sent evenly (`jittered`); or they come as from callers who know nothing of each other (`random`).
 */
export type Spacing = "even" | "jittered" | "random";

export interface LoadResult {
  /**
   * From publishing a request to its first response, ok or error, in ms; in the order of responses. Where many are published
   * at once, from the moment the broker has handed the request on: a gateway's deadline begins when it arrives.
   */
  readonly latenciesMs: readonly number[];
  readonly okCount: number;
  /** Errors of the gateway, by code and reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** Responses that are neither the MCU's reply nor an error. */
  readonly wrongCount: number;
  /** Responses to what had been answered, or was never asked. */
  readonly surplusCount: number;
  readonly unansweredCount: number;
  /** When the MCU's first reply came; of the system's monotonic clock, which all processes share, in ms. */
  readonly firstReplyAtMs: number;
  /** From publishing the first request to the end of the last one, in ms. */
  readonly tookMs: number;
}

interface Open {
  /** What the MCU says to it: an echo, or its result (peers/paced-mcu.c). */
  readonly replies: readonly string[];
  sinceMs: number;
  readonly settled: () => void;
}

const { url } = JSON.parse(process.argv[2] ?? "{}") as { url: string };
const client = await mqtt.connectAsync(url);
// This end's delays are not what is measured.
if ("setNoDelay" in client.stream && typeof client.stream.setNoDelay === "function") client.stream.setNoDelay(true);
await client.subscribeAsync("$rrpc/txd/+/+/+", { qos: 1 });

const open = new Map<string, Open>();
/** What was asked and is waited for no more: its response is late, not surplus. */
const givenUp = new Set<string>();
let result = emptyResult();
let processId = 100_000;

function emptyResult() {
  const errors: Record<string, number> = {};
  const latenciesMs: number[] = [];
  return {
    latenciesMs,
    errors,
    okCount: 0,
    wrongCount: 0,
    surplusCount: 0,
    unansweredCount: 0,
    firstReplyAtMs: Number.NaN,
    tookMs: Number.NaN,
  };
}

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

client.on("message", (topic, payload) => {
  const id = topic.slice(topic.lastIndexOf("/") + 1);
  const request = open.get(id);
  if (topic.startsWith("$rrpc/rxd/")) {
    if (request !== undefined) request.sinceMs = nowMs();
    return;
  }
  if (request === undefined) {
    if (!givenUp.delete(id)) result.surplusCount += 1;
    return;
  }
  open.delete(id);
  const now = nowMs();
  result.latenciesMs.push(now - request.sinceMs);
  const text = payload.toString();
  const error = /^\{"error":\{"source":"gateway","code":"(\w+)","reason":"(\w+)"/.exec(text);
  if (request.replies.includes(text)) {
    result.okCount += 1;
    if (Number.isNaN(result.firstReplyAtMs)) result.firstReplyAtMs = now;
  } else if (error === null) result.wrongCount += 1;
  else {
    const name = `${error[1]}/${error[2]}`;
    result.errors[name] = (result.errors[name] ?? 0) + 1;
  }
  request.settled();
});

/** With an id of 6 characters and 24 of payload a command is 33 bytes on the wire, and so is its reply; its result is 36. */
function send({ device, qos, waitMs }: LoadRequest): Promise<void> {
  const id = String(processId++);
  const payload = `{"cmd":"led","n":${id}}`;
  return new Promise((resolve) => {
    const limit = setTimeout(() => {
      giveUp(id);
      result.unansweredCount += 1;
    }, waitMs);
    const settled = () => {
      clearTimeout(limit);
      resolve();
    };
    const replies = [payload, payload.replace("cmd", "result")];
    open.set(id, { replies, sinceMs: nowMs(), settled });
    client.publish(`$rrpc/rxd/${device}/${id}`, payload, { qos });
  });
}

function giveUp(id: string): void {
  open.get(id)?.settled();
  open.delete(id);
  givenUp.add(id);
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function run(load: LoadRequest): Promise<LoadResult> {
  result = emptyResult();
  const sent: Promise<void>[] = [];
  const startMs = nowMs();
  switch (load.kind) {
    case "in_turn":
      for (let n = 0; n < load.count; n++) await send(load);
      break;
    case "in_flight": {
      let left = load.count;
      const sendInTurn = async () => {
        while (left-- > 0) await send(load);
      };
      await Promise.all(Array.from({ length: load.open }, sendInTurn));
      break;
    }
    case "at_once":
      // What the broker hands on to the gateway it hands on to us at the same time.
      await client.subscribeAsync(`$rrpc/rxd/${load.device}/+`, { qos: 0 });
      for (let n = 0; n < load.count; n++) sent.push(send(load));
      await Promise.all(sent);
      await client.unsubscribeAsync(`$rrpc/rxd/${load.device}/+`);
      break;
    case "at_rate": {
      const random = new SeededRandom(1);
      const meanMs = 1000 / load.perSecond;
      let dueMs = nowMs();
      for (let n = 0; n < load.count; n++) {
        const lateMs = load.spacing === "jittered" ? random.next() * meanMs : 0;
        await wait(dueMs + lateMs - nowMs());
        sent.push(send(load));
        dueMs += load.spacing === "random" ? -Math.log(1 - random.next()) * meanMs : meanMs;
      }
      break;
    }
    case "knock": {
      const untilMs = nowMs() + load.waitMs;
      while (Number.isNaN(result.firstReplyAtMs) && nowMs() < untilMs) {
        void send(load);
        await wait(load.everyMs);
      }
      for (const id of open.keys()) giveUp(id);
      break;
    }
    default:
      load satisfies never;
  }
  await Promise.all(sent);
  result.tookMs = nowMs() - startMs;
  return result;
}

answerParent(run);
process.send?.({});
