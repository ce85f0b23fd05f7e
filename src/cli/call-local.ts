// `rrpc-gateway call --local`: calls of a board of the gateway that runs here, through its control socket.
import { type CallOutcome, outcomeOf } from "../caller/meaning.ts";
import { localSocket } from "../config/local-socket.ts";
import { nameProcess } from "../host/processes.ts";
import { percentiles } from "../lab/bench/load/figures.ts";
import { type Conversation, type ConversationEnd, converse } from "../observe/conversation.ts";
import { type Answer, bytesOf, type Order } from "../observe/socket-protocol.ts";
import { visibleJson } from "../runtime/text.ts";
import type { CallCommandOptions } from "./call-options.ts";
import { exitCodeOf, tellOutcome } from "./call-outcome.ts";
import { misuseCode } from "./conversation-exit.ts";
import { callExitCodes, exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { OptionReader } from "./option-reader.ts";

/** One call with what came of it, and how long it took, seen from here. */
interface Call {
  readonly outcome: CallOutcome;
  readonly ms: number;
}

/** More would take a day at any rate that a serial line can carry. */
const countMax = 1_000_000;
const rateMax = 10_000;

export async function callLocally(payload: string, options: CallCommandOptions): Promise<number> {
  const reader = new OptionReader();
  const { problems } = reader;
  const { config, board, json = false } = options;
  const count = reader.whole("--count", options.count, 1, countMax);
  const rate = reader.whole("--rate", options.rate, 1, rateMax);
  const timeoutMs = reader.whole("--timeout-ms", options.timeoutMs, 1, 999_999);
  if (rate !== undefined && count === undefined) problems.push("--rate needs --count");
  for (const name of ["product", "device", "prefix"] as const)
    if (options[name] !== undefined) problems.push(`--local calls a board of this gateway: leave out --${name}`);
  if (config === undefined) problems.push("--local needs --config, the gateway's YAML file");
  for (const name of ["cloud", "url", "region", "keyFile"] as const)
    if (options[name] !== undefined)
      problems.push(`--local calls no cloud: leave out --${name === "keyFile" ? "key-file" : name}`);
  if (config === undefined || problems.length > 0) return fail("call", exitCodes.usage, problems);
  const found = localSocket(config, "control");
  if (found.kind === "none") return fail("call", exitCodes.config, [found.why]);
  // For the gateway's log.
  nameProcess("rrpc-gateway");
  const whose = board === undefined ? {} : { board };
  const order = { want: "call", payload: { text: payload }, ...whose } as const;
  const calls = new LocalCalls(found.socket, order, timeoutMs);
  if (count === undefined) {
    const { outcome, ms } = await calls.call();
    calls.close();
    return calls.exitCodeFor(tellOutcome(outcome, ms, { json }));
  }
  const startedAt = performance.now();
  const all = await (rate === undefined ? oneByOne(calls, count) : atRate(calls, count, rate));
  calls.close();
  const load = { calls: all, notMade: count - all.length, tookMs: performance.now() - startedAt };
  return calls.exitCodeFor(tellLoad(load, calls.whyOver, json));
}

async function oneByOne(calls: LocalCalls, count: number): Promise<readonly Call[]> {
  const all: Call[] = [];
  while (all.length < count && !calls.isOver) all.push(await calls.call());
  return all;
}

/** Each at its time, whether or not those before are answered, as independent callers do. */
function atRate(calls: LocalCalls, count: number, rate: number): Promise<readonly Call[]> {
  const startedAt = performance.now();
  const all: Promise<Call>[] = [];
  return new Promise((resolve) => {
    const timer = setInterval(callWhatIsDue, 1);
    // The first one at once: where no gateway runs, that is known before the timer's first turn.
    callWhatIsDue();

    function callWhatIsDue(): void {
      const dueCount = Math.floor(((performance.now() - startedAt) * rate) / 1000) + 1;
      while (all.length < Math.min(dueCount, count) && !calls.isOver) all.push(calls.call());
      if (all.length < count && !calls.isOver) return;
      clearInterval(timer);
      resolve(Promise.all(all));
    }
  });
}

type CallOrder = Extract<Order, { readonly want: "call" }>;

/** Calls on one connection; each ends, with its answer or without. */
class LocalCalls {
  readonly #conversation: Conversation;
  readonly #order: CallOrder;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<number, (outcome: CallOutcome) => void>();
  #nextRef = 0;
  /** Why no call can be made any more; undefined while it can. */
  #end: ConversationEnd | undefined;

  constructor(path: string, order: CallOrder, timeoutMs: number) {
    this.#order = order;
    this.#timeoutMs = timeoutMs;
    this.#conversation = converse(path, (message) => {
      if (message.kind === "answer") this.#answered(message);
    });
    void this.#conversation.ended.then((end) => {
      this.#end = end;
      const waiting = [...this.#waiting];
      for (const [ref, settle] of waiting) settle(outcomeOfEnd(end, { ref, isOnly: waiting.length === 1 }));
    });
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** In words; empty while calls can be made. */
  get whyOver(): string {
    return this.#end === undefined || this.#end.kind === "closed" ? "" : this.#end.text;
  }

  /** What may have been carried out counts more than why no more calls could be made. */
  exitCodeFor(worst: number): number {
    return worst === callExitCodes.notExecuted ? (misuseCode(this.#end) ?? worst) : worst;
  }

  async call(): Promise<Call> {
    const startedAt = performance.now();
    const outcome = await new Promise<CallOutcome>((resolve) => {
      const ref = this.#nextRef++;
      const limit = setTimeout(() => end(unanswered(`no answer within ${this.#timeoutMs} ms`)), this.#timeoutMs);
      const end = (outcome: CallOutcome) => {
        clearTimeout(limit);
        this.#waiting.delete(ref);
        resolve(outcome);
      };
      this.#waiting.set(ref, end);
      this.#conversation.send({ ...this.#order, ref });
    });
    return { outcome, ms: performance.now() - startedAt };
  }

  close(): void {
    this.#conversation.close();
  }

  #answered({ ref = -1, processId, payload }: Answer): void {
    this.#waiting.get(ref)?.(outcomeOf({ kind: "replied", processId, payload: bytesOf(payload) }));
  }
}

/** What the end of the connection is for a call that waits, perhaps as the only one. */
function outcomeOfEnd(end: ConversationEnd, { ref, isOnly }: { ref: number; isOnly: boolean }): CallOutcome {
  switch (end.kind) {
    case "unreachable":
      return notMade(end);
    case "refused":
      // Orders are taken one after another: those before it have been, and this was the last one.
      if (end.ref === undefined ? isOnly : ref >= end.ref) return notMade(end);
      return unanswered("the gateway has refused a later call and ended the connection");
    case "lost":
      return unanswered(end.text);
    case "closed":
      return unanswered("the connection was closed");
    default:
      return end satisfies never;
  }
}

const ownError = { kind: "failed", source: "caller", reason: "" } as const;

function notMade({ kind, text }: { readonly kind: "refused" | "unreachable"; readonly text: string }): CallOutcome {
  return { ...ownError, code: kind, executed: "no", message: text, advice: "Nothing was sent to the board." };
}

function unanswered(message: string): CallOutcome {
  return {
    ...ownError,
    code: "unanswered",
    executed: "unknown",
    message,
    advice: "Ask the device for its state first.",
  };
}

interface Load {
  readonly calls: readonly Call[];
  /** So many of the calls that were wanted: none could be made any more. */
  readonly notMade: number;
  readonly tookMs: number;
}

function tellLoad({ calls, notMade, tookMs }: Load, whyOver: string, json: boolean): number {
  const outcomes = new Map<string, number>();
  for (const { outcome } of calls) {
    const name = outcome.kind === "answered" ? "ok" : outcome.reason || outcome.code;
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
  const ms = percentiles(calls.map((call) => call.ms));
  if (json) {
    const load = {
      kind: "load",
      count: calls.length,
      ...(notMade > 0 && { notMade }),
      seconds: tookMs / 1000,
      outcomes: Object.fromEntries(outcomes),
      ms,
    };
    process.stdout.write(`${visibleJson(load)}\n`);
  } else {
    const counts = [...outcomes].map(([name, count]) => `${count} ${name}`).join(", ");
    process.stdout.write(`${calls.length} calls in ${(tookMs / 1000).toFixed(1)} s: ${counts}\n`);
    const shown = Object.entries(ms ?? {}).map(([name, value]) => `${name} ${value.toFixed(1)}`);
    process.stdout.write(`round trip, ms: ${shown.join(", ")}\n`);
  }
  const best = notMade === 0 ? callExitCodes.answered : callExitCodes.notExecuted;
  if (notMade > 0) fail("call", best, [`${notMade} more calls were not made: ${whyOver}`]);
  return calls.reduce<number>((worst, { outcome }) => Math.max(worst, exitCodeOf(outcome)), best);
}
