import type { Config } from "../config/load.ts";
import type { Instant } from "../core/instant.ts";
import type { DropName, RemoteOrder, RemoteRefusal } from "../core/report.ts";
import type { Gateway } from "../gateway/gateway.ts";
import { responseBytesMax } from "../iot-hub/limits.ts";
import { Allowance } from "../remote/allowance.ts";
import type { RemoteResult } from "../remote/answer.ts";
import { encodeAnswer } from "../remote/encode-answer.ts";
import { remoteError } from "../remote/error.ts";
import { type Order, readOrder } from "../remote/order.ts";
import { type RemoteRequest, RemoteRequests } from "../remote/requests.ts";
import { type Ended, Tasks } from "../remote/tasks.ts";
import type { Clock } from "../runtime/clock.ts";
import type { HubConnection } from "./hub-connection.ts";
import { RemoteEffects, type RemoteEffectsParts, type TaskOutcome } from "./remote-effects.ts";

export interface RemoteOrdersParts extends RemoteEffectsParts {
  readonly clock: Pick<Clock, "now" | "suspension" | "read">;
  readonly config: () => Config;
  readonly gateway: Gateway;
  readonly hub: Pick<HubConnection, "publish" | "isGatewaysDevice">;
}

/** Whom an order is about, as its answer names it. */
interface About {
  readonly operation: RemoteOrder;
  readonly board: string | undefined;
}

/** What is known of the order that is not carried out. */
interface Refused {
  readonly kind: "refused";
  readonly reason: RemoteRefusal;
  /** For people; nothing of the payload. */
  readonly message: string;
  readonly about: Partial<About>;
}

/** Answers orders to the gateway itself: each once, in time, and what takes longer as often as it is asked for. */
export class RemoteOrders {
  readonly #parts: RemoteOrdersParts;
  readonly #requests: RemoteRequests;
  readonly #allowance: Allowance;
  readonly #tasks = new Tasks<RemoteRequest, TaskOutcome>();
  readonly #effects: RemoteEffects;
  /** Who waits for the end of what is running, and until when. */
  readonly #waiting = new Map<
    RemoteRequest,
    { readonly key: string; readonly about: About; readonly timer: NodeJS.Timeout }
  >();
  #isStopping = false;

  constructor(parts: RemoteOrdersParts) {
    this.#parts = parts;
    this.#requests = new RemoteRequests(timesOf(parts.config()));
    this.#allowance = new Allowance(parts.config().remote.perMinuteMax);
    this.#effects = new RemoteEffects(parts);
  }

  request(arriving: Pick<RemoteRequest, "board" | "processId" | "payload">, arrivedAt: Instant): void {
    const { clock, config, hub } = this.#parts;
    const now = clock.now();
    this.#requests.configure(timesOf(config()));
    const arrival = this.#requests.arrive(arriving, arrivedAt, now);
    const { board, processId } = arriving;
    switch (arrival.kind) {
      case "new":
        this.#carryOut(arrival.request, now);
        break;
      case "answered":
        this.#drop("duplicate_request", processId, "answered again");
        hub.publish(board, processId, arrival.response, now);
        break;
      case "dropped":
        this.#drop(arrival.name, processId, "an order to the gateway itself");
        break;
      default:
        arrival satisfies never;
    }
  }

  linkEvent(board: string, kind: "up" | "down" | "kept"): void {
    this.#effects.linkEvent(board, kind);
  }

  endSession(): void {
    this.#requests.endSession();
  }

  /** Answers those who wait, with what is so now. */
  hurry(): void {
    for (const request of [...this.#waiting.keys()]) this.#answerRunning(request);
  }

  /** What is running ends where it must not go on without the gateway. */
  stop(): void {
    this.#isStopping = true;
    this.hurry();
    this.#effects.stop();
  }

  #carryOut(request: RemoteRequest, now: Instant): void {
    const judged = this.#judge(request.payload, now);
    if (judged.kind === "refused") this.#refuse(request, judged);
    else this.#begin(request, judged.order, judged.about, now);
  }

  /** Whether the payload is an order that is to be carried out. */
  #judge(
    payload: Buffer,
    now: Instant,
  ): Refused | { readonly kind: "allowed"; readonly order: Order; readonly about: About } {
    const { remote } = this.#parts.config();
    const text = orderIn(payload, remote.prefix);
    if (text === undefined) return refused("bad_payload", "expected what remote.prefix says in front of the order");
    const reading = readOrder(text);
    if (reading.kind === "no_order") return refused("bad_payload", `expected ${reading.expected}`);
    const { order } = reading;
    const { operation } = order;
    if (this.#isStopping) return refused("stopping", "the gateway is stopping", { operation });
    if (!remote.allow?.includes(operation))
      return refused("not_allowed", "remote.allow in the gateway's configuration does not list this order", {
        operation,
      });
    const board = this.#effects.boardOf(order);
    if (board?.kind === "none") return refused("no_such_board", board.message, { operation });
    if (!this.#allowance.take(now)) {
      const message = `more orders than remote.perMinuteMax allows (${remote.perMinuteMax} in a minute)`;
      return refused("too_often", message, { operation });
    }
    return { kind: "allowed", order, about: { operation, board: board?.name } };
  }

  #begin(request: RemoteRequest, order: Order, about: About, now: Instant): void {
    const key = about.board === undefined ? about.operation : `${about.operation} ${about.board}`;
    const state = this.#tasks.of(key, now);
    if (state === undefined) this.#beginNow(request, order, about, key);
    else if (state === "running") this.#wait(request, key, about);
    else this.#answerEnded(request, key, about, state);
  }

  #beginNow(request: RemoteRequest, order: Order, about: About, key: string): void {
    const beginning = this.#effects.begin(order, about.board);
    switch (beginning.kind) {
      case "answer":
        this.#answer(request, about, beginning.result);
        break;
      case "refused":
        this.#refuse(request, { ...beginning, about });
        break;
      case "task":
        this.#tasks.begin(key, this.#parts.clock.now());
        this.#wait(request, key, about);
        void beginning.outcome.then((outcome) => this.#ended(key, about, outcome));
        break;
      default:
        beginning satisfies never;
    }
  }

  #wait(request: RemoteRequest, key: string, about: About): void {
    this.#tasks.wait(key, request);
    const inMs = Math.max(0, request.settleBy - this.#parts.clock.now());
    this.#waiting.set(request, { key, about, timer: setTimeout(() => this.#answerRunning(request), inMs).unref() });
  }

  #ended(key: string, about: About, outcome: TaskOutcome): void {
    const { ended, waiting } = this.#tasks.end(key, outcome, this.#parts.clock.now());
    for (const request of waiting) {
      clearTimeout(this.#waiting.get(request)?.timer);
      this.#waiting.delete(request);
      this.#answerEnded(request, key, about, ended);
    }
  }

  #answerRunning(request: RemoteRequest): void {
    const waiting = this.#waiting.get(request);
    if (waiting === undefined) return;
    const { key, about, timer } = waiting;
    clearTimeout(timer);
    this.#waiting.delete(request);
    const forMs = Math.round(this.#tasks.leave(key, request, this.#parts.clock.now()));
    this.#answer(request, about, { ...named(about), state: "running", forMs } as RemoteResult);
  }

  #answerEnded(
    request: RemoteRequest,
    key: string,
    about: About,
    { outcome, tookMs, endedAt }: Ended<TaskOutcome>,
  ): void {
    const agoMs = Math.round(this.#parts.clock.now() - endedAt);
    const done = { ...named(about), state: "done", tookMs: Math.round(tookMs), agoMs, ...outcome };
    if (this.#answer(request, about, done as RemoteResult)) this.#tasks.told(key);
  }

  #answer(request: RemoteRequest, about: About, result: RemoteResult): boolean {
    this.#parts.gateway.report(about.board, { kind: "remote_answered", order: about.operation });
    return this.#respond(request, encodeAnswer(result, responseBytesMax));
  }

  #refuse(request: RemoteRequest, { reason, message, about: { operation, board } }: Refused): void {
    this.#parts.gateway.report(board, { kind: "remote_refused", order: operation, reason });
    const { processId } = request;
    this.#respond(request, remoteError(reason, { message, processId, operation, board }));
  }

  /** @returns whether the caller has been told */
  #respond(request: RemoteRequest, payload: Buffer): boolean {
    const { clock, hub } = this.#parts;
    const now = clock.now();
    const { board, processId } = request;
    const settlement = this.#requests.settle(request, payload, now);
    if (settlement !== "publish") {
      this.#drop(settlement, processId, "the answer to an order");
      return false;
    }
    const result = hub.publish(board, processId, payload, now);
    if (result !== "sent") this.#drop("unsent_response", processId, result);
    return result === "sent";
  }

  #drop(name: DropName, processId: string, detail: string): void {
    this.#parts.gateway.report(undefined, { kind: "dropped", name, processId, detail });
  }
}

const refused = (reason: RemoteRefusal, message: string, about: Partial<About> = {}): Refused => ({
  kind: "refused",
  reason,
  message,
  about,
});

const named = ({ operation, board }: About) => (board === undefined ? { operation } : { operation, board });

/** The payload behind the prefix; undefined where it is not there. */
function orderIn(payload: Buffer, prefix: string | undefined): Buffer | undefined {
  if (prefix === undefined) return payload;
  return payload.toString("latin1", 0, prefix.length) === prefix ? payload.subarray(prefix.length) : undefined;
}

/** The hub waits for the gateway as long as it does for boards: the strictest of them holds. */
function timesOf({ boards }: Config): { readonly cutoffMs: number; readonly deadlineMs: number } {
  return {
    cutoffMs: Math.max(...boards.map(({ rrpc }) => rrpc.cutoffMs)),
    deadlineMs: Math.min(...boards.map(({ rrpc }) => rrpc.cutoffMs - rrpc.marginMs)),
  };
}
