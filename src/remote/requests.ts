import { AnsweredRequests } from "../core/answered.ts";
import type { Instant } from "../core/instant.ts";
import { deadlineGuardMs } from "../core/request.ts";

/** A request to the gateway itself, as it arrived. */
export interface RemoteRequest {
  /** Whom the session has it from, and takes the response as. */
  readonly board: string;
  readonly processId: string;
  readonly payload: Buffer;
  /** By then its response is to be out. */
  readonly settleBy: Instant;
  readonly deadline: Instant;
  /** Takes a repetition with it. */
  session: number;
}

export type RemoteArrival =
  | { readonly kind: "new"; readonly request: RemoteRequest }
  /** It has come before, and has been answered. */
  | { readonly kind: "answered"; readonly response: Buffer }
  | { readonly kind: "dropped"; readonly name: "duplicate_request" | "id_conflict" | "missed_deadline" };

/**
 * The requests to the gateway itself: each gets one response, on its own session, before its deadline; the same again gets the same
 * response, and is carried out no second time. Pure.
 */
export class RemoteRequests {
  readonly #answered: AnsweredRequests;
  readonly #open = new Map<string, RemoteRequest>();
  #deadlineMs: number;
  #session = 0;
  #lastArrivedAt: Instant = Number.NEGATIVE_INFINITY;

  constructor({ cutoffMs, deadlineMs }: { readonly cutoffMs: number; readonly deadlineMs: number }) {
    this.#answered = new AnsweredRequests(cutoffMs);
    this.#deadlineMs = deadlineMs;
  }

  configure({ cutoffMs, deadlineMs }: { readonly cutoffMs: number; readonly deadlineMs: number }): void {
    this.#answered.configure(cutoffMs);
    this.#deadlineMs = deadlineMs;
  }

  get open(): readonly RemoteRequest[] {
    return [...this.#open.values()];
  }

  /** @param arrivedAt the earliest time at which it can have arrived */
  arrive(
    { board, processId, payload }: Pick<RemoteRequest, "board" | "processId" | "payload">,
    arrivedAt: Instant,
    now: Instant,
  ): RemoteArrival {
    const open = this.#open.get(processId);
    if (open !== undefined && !open.payload.equals(payload)) return { kind: "dropped", name: "id_conflict" };
    if (open !== undefined) {
      open.session = this.#session;
      return { kind: "dropped", name: "duplicate_request" };
    }
    // They come in order on one connection, whatever a suspension makes of their times.
    this.#lastArrivedAt = Math.max(arrivedAt, this.#lastArrivedAt);
    const memory = this.#answered.find(processId, payload, this.#lastArrivedAt);
    if (memory.kind === "answered") return memory;
    // Too many came meanwhile to remember what it was: it may be one that has been carried out.
    if (memory.kind === "taken") return { kind: "dropped", name: "id_conflict" };
    const deadline = this.#lastArrivedAt + this.#deadlineMs;
    // What has waited in the kernel until nobody waits for it any more is not carried out.
    if (now > deadline) return { kind: "dropped", name: "missed_deadline" };
    const settleBy = deadline - deadlineGuardMs;
    // A copy: the packet's payload is a view that would keep the whole chunk it was read in.
    const request = { board, processId, payload: Buffer.from(payload), settleBy, deadline, session: this.#session };
    this.#open.set(processId, request);
    return { kind: "new", request };
  }

  /** Its response is to be published now; or why it is not. */
  settle(request: RemoteRequest, response: Buffer, now: Instant): "publish" | "session_gone" | "missed_deadline" {
    const { processId, payload, deadline } = request;
    this.#open.delete(processId);
    this.#answered.remember(processId, payload, response, { wasReplied: false, keepsId: false }, now);
    if (request.session !== this.#session) return "session_gone";
    return now > deadline ? "missed_deadline" : "publish";
  }

  /** No request that has arrived so far can be answered any more. */
  endSession(): void {
    this.#session += 1;
  }
}
