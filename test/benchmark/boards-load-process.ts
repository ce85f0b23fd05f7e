// The load of many boards as a process of its own: the cloud's side of each, and the hub's answers to their gateway. All boards
// are asked under the same processIDs.
import mqtt from "mqtt";
import { answerOperations } from "../support/gateway-operations.ts";
import { SeededRandom } from "../support/seeded-random.ts";
import { answerParent } from "./children.ts";

/** `devices` are `PRODUCT/NAME`. */
export type BoardsLoad =
  /** Each one is asked so often, at a random moment of each interval. */
  | {
      readonly kind: "each";
      readonly devices: readonly string[];
      readonly perSecond: number;
      readonly count: number;
    }
  /** Each one is asked again and again until it has answered with its MCU's reply, or for `waitMs`. */
  | {
      readonly kind: "until_served";
      readonly devices: readonly string[];
      readonly everyMs: number;
      readonly waitMs: number;
    };

export interface BoardResult {
  readonly latenciesMs: readonly number[];
  readonly okCount: number;
  /** Errors by reason. */
  readonly errors: Readonly<Record<string, number>>;
  /** Another board's reply, or nobody's. */
  readonly wrongCount: number;
  readonly unansweredCount: number;
  /** Of the system's monotonic clock, in ms; undefined where it was not served. */
  readonly servedAtMs: number | undefined;
}

export type BoardsResult = Readonly<Record<string, BoardResult>>;

/** IoT Hub's cutoff, and a second more. */
const waitMs = 5000;

interface Open {
  readonly payload: string;
  readonly sinceMs: number;
  readonly result: Result;
  readonly settled: () => void;
}

type Result = { -readonly [Key in keyof BoardResult]: BoardResult[Key] } & {
  latenciesMs: number[];
  errors: Record<string, number>;
};

const { url } = JSON.parse(process.argv[2] ?? "{}") as { url: string };
const client = await mqtt.connectAsync(url);
if ("setNoDelay" in client.stream && typeof client.stream.setNoDelay === "function") client.stream.setNoDelay(true);
const open = new Map<string, Open>();
/** By device: how often it was asked. */
const askedCounts = new Map<string, number>();

client.on("message", (topic, payload) => {
  const name = topic.startsWith("$rrpc/txd/") ? topic.slice("$rrpc/txd/".length) : undefined;
  const request = name === undefined ? undefined : open.get(name);
  if (name === undefined || request === undefined) return;
  open.delete(name);
  const { result } = request;
  const now = nowMs();
  const text = payload.toString();
  const [, reason] = /^\{"error":\{"source":"gateway","code":"\w+","reason":"(\w+)"/.exec(text) ?? [];
  if (text === request.payload) {
    result.okCount += 1;
    result.latenciesMs.push(now - request.sinceMs);
    result.servedAtMs ??= now;
  } else if (reason === undefined) result.wrongCount += 1;
  else result.errors[reason] = (result.errors[reason] ?? 0) + 1;
  request.settled();
});
await client.subscribeAsync("$rrpc/txd/+/+/+", { qos: 0 });
await answerOperations(client);

function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Command and reply are 33 bytes on the wire, as in the other measurements. */
function ask(device: string, result: Result): Promise<void> {
  const count = (askedCounts.get(device) ?? 100_000) + 1;
  askedCounts.set(device, count);
  const name = `${device}/${count}`;
  const payload = `{"n":${count},"d":"${device.slice(-3)}"}`.padEnd(24, ".");
  return new Promise((resolve) => {
    const limit = setTimeout(() => {
      open.delete(name);
      result.unansweredCount += 1;
      resolve();
    }, waitMs);
    const settled = () => {
      clearTimeout(limit);
      resolve();
    };
    open.set(name, { payload, sinceMs: nowMs(), result, settled });
    client.publish(`$rrpc/rxd/${name}`, payload);
  });
}

async function askEach(
  { devices, perSecond, count }: BoardsLoad & { kind: "each" },
  results: ReadonlyMap<string, Result>,
) {
  const random = new SeededRandom(1);
  const intervalMs = 1000 / perSecond;
  const plan = devices.flatMap((device) =>
    Array.from({ length: count }, (_, index) => ({ device, atMs: (index + random.next()) * intervalMs })),
  );
  const startMs = nowMs();
  const asked: Promise<void>[] = [];
  for (const { device, atMs } of plan.sort((one, other) => one.atMs - other.atMs)) {
    const leftMs = startMs + atMs - nowMs();
    if (leftMs > 0) await wait(leftMs);
    const result = results.get(device);
    if (result !== undefined) asked.push(ask(device, result));
  }
  await Promise.all(asked);
}

async function askUntilServed(
  { everyMs, waitMs }: BoardsLoad & { kind: "until_served" },
  results: ReadonlyMap<string, Result>,
) {
  const untilMs = nowMs() + waitMs;
  const waiting = () => [...results].filter(([, { servedAtMs }]) => servedAtMs === undefined);
  while (waiting().length > 0 && nowMs() < untilMs) {
    for (const [device, result] of waiting()) void ask(device, result);
    await wait(everyMs);
  }
}

answerParent<BoardsLoad, BoardsResult>(async (load) => {
  const results = new Map<string, Result>(
    load.devices.map((device) => [
      device,
      { latenciesMs: [], okCount: 0, errors: {}, wrongCount: 0, unansweredCount: 0, servedAtMs: undefined },
    ]),
  );
  switch (load.kind) {
    case "each":
      await askEach(load, results);
      break;
    case "until_served":
      await askUntilServed(load, results);
      break;
    default:
      load satisfies never;
  }
  return Object.fromEntries(results);
});
process.send?.({});
