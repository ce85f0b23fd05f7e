import { isId } from "../protocol/id.ts";
import { Conflicts } from "./conflicts.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import type { Liveness } from "./liveness.ts";
import type { Outbox } from "./outbox.ts";
import type { GatewayReason, Why } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import type { Queue } from "./queue.ts";
import { type Request, requestOf } from "./request.ts";
import type { Responses } from "./responses.ts";
import type { Sender } from "./sender.ts";

export interface AdmissionOptions {
  /** From a request's arrival until its response must be published. */
  readonly deadlineMs: number;
  /** Most requests that wait for the MCU. */
  readonly queueMax: number;
}

/** Those whom it asks whether a request can be served. */
export interface AdmissionParts {
  readonly peer: Peer;
  readonly liveness: Liveness;
  readonly queue: Queue;
  readonly inFlight: InFlight;
  readonly responses: Responses;
  readonly sender: Sender;
  readonly outbox: Outbox;
}

/** A request as it arrives. */
export interface Arrival {
  readonly processId: string;
  readonly payload: Buffer;
  /** The earliest time at which it can have arrived. */
  readonly arrivedAt: Instant;
}

/** A request that is not let in, and why. */
export interface Refused {
  readonly request: Request;
  readonly reason: GatewayReason;
  readonly why?: Why;
}

/** Whether a request that arrives may wait for the MCU: not one that has come before, nor one that cannot be served. */
export class Admission {
  readonly #parts: AdmissionParts;
  #options: AdmissionOptions;
  readonly #conflicts = new Conflicts();
  #lastArrivedAt: Instant = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(options: AdmissionOptions, parts: AdmissionParts) {
    this.#options = options;
    this.#parts = parts;
  }

  configure(options: AdmissionOptions): void {
    this.#options = options;
  }

  /** The gateway stops: no request is let in any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** Lets a request wait; what is returned is to be told to its caller. A repetition is dropped, or answered again. */
  take(arrival: Arrival, now: Instant): Refused | undefined {
    const { queue, inFlight, responses, outbox } = this.#parts;
    const { processId, payload } = arrival;
    // Requests come in order on one connection, whatever a stand-still makes of their times.
    const arrivedAt = Math.max(arrival.arrivedAt, this.#lastArrivedAt);
    this.#lastArrivedAt = arrivedAt;
    const open = (queue.get(processId) ?? inFlight.get(processId))?.request;
    if (open?.payload.equals(payload)) {
      open.session = responses.session;
      outbox.drop("duplicate_request", { processId, detail: "the first one is still open" });
      return undefined;
    }
    const request = requestOf({ processId, payload, arrivedAt }, this.#options.deadlineMs, responses.session);
    if (open !== undefined && responses.isAwaited(open)) {
      this.#holdBack(request, now);
      return undefined;
    }
    const memory = responses.recall(request);
    if (memory.kind === "answered") {
      this.#answerAgain(request, memory.response, now);
      return undefined;
    }
    const isTaken = open !== undefined || memory.kind === "taken" || inFlight.isHeld(processId, now);
    const reason = this.#refusal(processId, isTaken, now);
    return reason === undefined ? this.#enqueue(request) : { request, reason };
  }

  /** A request has been settled: what is to be told to those that came with its id meanwhile may follow, in their order. */
  settled(processId: string, now: Instant, refuse: (refused: Refused) => void): void {
    if (this.#conflicts.size === 0) return;
    for (const request of this.#conflicts.take(processId)) {
      const memory = this.#parts.responses.recall(request);
      if (now > request.deadline)
        this.#parts.outbox.drop("id_conflict", { processId, detail: "its deadline came first" });
      else if (memory.kind === "answered") this.#answerAgain(request, memory.response, now);
      else refuse({ request, reason: "id_held" });
    }
  }

  /** Nobody can be answered any more. */
  sessionDown(): void {
    for (const { processId } of this.#conflicts.takeAll()) {
      this.#parts.outbox.drop("session_gone", { processId, detail: "not executed" });
    }
  }

  /** Requests that stand before another one; a port that takes no bytes stands before each. */
  get openCount(): number {
    const { queue, inFlight, sender } = this.#parts;
    return queue.size + inFlight.size + (sender.isStalled ? 1 : 0);
  }

  #answerAgain({ processId, deadline }: Request, response: Buffer, now: Instant): void {
    this.#parts.outbox.drop("duplicate_request", { processId, detail: "answered again" });
    if (now <= deadline) this.#parts.outbox.add({ kind: "publish", processId, payload: response });
  }

  #holdBack(request: Request, now: Instant): void {
    const { processId } = request;
    const { outbox } = this.#parts;
    if (this.#conflicts.joins(request, now)) {
      outbox.drop("duplicate_request", { processId, detail: "the first one is still open" });
    } else if (this.#conflicts.size >= this.#options.queueMax) {
      outbox.drop("id_conflict", { processId, detail: "too many are held back" });
    } else this.#conflicts.add(request);
  }

  #refusal(processId: string, isTaken: boolean, now: Instant): GatewayReason | undefined {
    if (!isId(processId)) return "bad_process_id";
    if (isTaken) return "id_held";
    if (this.#isClosed) return "stopping";
    return this.#parts.liveness.refusal(this.openCount, now);
  }

  #enqueue(request: Request): Refused | undefined {
    const { peer, liveness, queue, sender } = this.#parts;
    const line = sender.lineOf(request);
    if (line === undefined) return { request, reason: "bad_payload" };
    if (line.length > peer.lineBytesMax && !liveness.isGreeting) return { request, reason: "too_long" };
    if (!sender.canBeInTime(line, request)) return { request, reason: "too_long", why: "wire" };
    if (queue.size >= this.#options.queueMax) return { request, reason: "queue_full" };
    queue.add({ request, line, crc: peer.crc });
    return undefined;
  }
}
