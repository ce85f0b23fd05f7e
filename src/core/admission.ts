import { isId } from "../protocol/id.ts";
import type { Conflicts } from "./conflicts.ts";
import type { InFlight } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import type { Liveness } from "./liveness.ts";
import { isLocalId } from "./local-id.ts";
import type { CorrelatorOptions } from "./options.ts";
import type { Outbox } from "./outbox.ts";
import type { GatewayReason } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import type { Queue } from "./queue.ts";
import { type Request, requestOf, type Source } from "./request.ts";
import type { Responses } from "./responses.ts";
import type { Sender } from "./sender.ts";
import type { Settlements } from "./settlements.ts";
import type { Wire } from "./wire.ts";

export type AdmissionOptions = Pick<CorrelatorOptions, "deadlineMs" | "queueMax" | "payloadRules">;

/** Those whom it asks whether a request can be served. */
export interface AdmissionParts {
  readonly peer: Peer;
  readonly liveness: Liveness;
  readonly queue: Queue;
  readonly inFlight: InFlight;
  readonly responses: Responses;
  readonly conflicts: Conflicts;
  readonly wire: Wire;
  readonly sender: Sender;
  readonly settlements: Settlements;
  readonly outbox: Outbox;
}

/** A request as it arrives. */
export interface Arrival {
  readonly processId: string;
  readonly payload: Buffer;
  /** The earliest time at which it can have arrived: before now where the process was suspended. */
  readonly arrivedAt: Instant;
  /** Absent where the hub has sent it. */
  readonly source?: Source;
}

/** Whether a request may wait for the MCU: not one that has come before, nor one that cannot be served. */
export class Admission {
  readonly #parts: AdmissionParts;
  #options: AdmissionOptions;
  /** Of the hub's requests. */
  #lastArrivedAt: Instant = Number.NEGATIVE_INFINITY;
  #closedFor: "stopping" | "released" | undefined;

  constructor(options: AdmissionOptions, parts: AdmissionParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /** What waits and is not allowed any more is not executed. */
  configure(options: AdmissionOptions, now: Instant): void {
    this.#options = options;
    const { queue, settlements } = this.#parts;
    if (options.payloadRules === undefined) return;
    for (const { request } of queue.values())
      if (this.#isForbidden(request.payload)) settlements.fail(request, "not_allowed", now);
  }

  get isReleased(): boolean {
    return this.#closedFor === "released";
  }

  /** No request is let in any more, and none that waits is executed. A gateway that stops, stops for good. */
  close(why: "stopping" | "released", now: Instant): void {
    if (this.#closedFor === "stopping") return;
    this.#closedFor = why;
    const { queue, settlements } = this.#parts;
    for (const { request } of queue.values()) settlements.fail(request, why, now);
  }

  /** The board is no longer released. */
  reopen(): void {
    if (this.#closedFor === "released") this.#closedFor = undefined;
  }

  /** Lets a request wait, or fails it. A repetition is dropped, or answered again. */
  take(arrival: Arrival, now: Instant): void {
    const { queue, inFlight, responses, settlements, outbox } = this.#parts;
    const { processId, payload, source } = arrival;
    const arrivedAt = source === undefined ? this.#inOrder(arrival.arrivedAt) : arrival.arrivedAt;
    if (source === undefined && isLocalId(processId)) {
      const foreign = requestOf({ processId, payload, arrivedAt, source }, this.#options.deadlineMs, responses.session);
      settlements.fail(foreign, "bad_process_id", now, "local_id");
      return;
    }
    const open = (queue.get(processId) ?? inFlight.get(processId))?.request;
    if (open?.payload.equals(payload)) {
      open.session = responses.session;
      outbox.drop("duplicate_request", { processId, detail: "the first one is still open" });
      return;
    }
    const request = requestOf({ processId, payload, arrivedAt, source }, this.#options.deadlineMs, responses.session);
    if (open !== undefined && responses.isAwaited(open)) {
      this.#holdBack(request, now);
      return;
    }
    const memory = responses.recall(request);
    if (memory.kind === "answered") {
      settlements.answerAgain(request, memory.response, now);
      return;
    }
    const isTaken = open !== undefined || memory.kind === "taken" || inFlight.isHeld(processId, now);
    const reason = this.#refusal(request, isTaken, now);
    if (reason === undefined) this.#enqueue(request, now);
    else settlements.fail(request, reason, now);
  }

  /** The hub's requests come in order on one connection, whatever a suspension makes of their times; local ones on others. */
  #inOrder(arrivedAt: Instant): Instant {
    this.#lastArrivedAt = Math.max(arrivedAt, this.#lastArrivedAt);
    return this.#lastArrivedAt;
  }

  /** Once the MCU is known to be away, what waits is told so at once. */
  refuseWaiting(now: Instant): void {
    const { queue, liveness, settlements } = this.#parts;
    for (const { request } of queue.values()) {
      const reason = liveness.refusal(this.#openCount - 1, now);
      if (reason === undefined) return;
      settlements.fail(request, reason, now);
    }
  }

  /** Requests that stand before another one; a port that takes no bytes stands before each. */
  get #openCount(): number {
    const { queue, inFlight, wire } = this.#parts;
    return queue.size + inFlight.size + (wire.isStalled ? 1 : 0);
  }

  #holdBack(request: Request, now: Instant): void {
    const { processId } = request;
    const { conflicts, outbox } = this.#parts;
    if (conflicts.join(request, now)) {
      outbox.drop("duplicate_request", { processId, detail: "the first one is still open" });
    } else if (conflicts.size >= this.#options.queueMax) {
      outbox.drop("id_conflict", { processId, detail: "too many are held back" });
    } else conflicts.add(request);
  }

  #refusal({ processId, payload }: Request, isTaken: boolean, now: Instant): GatewayReason | undefined {
    if (!isId(processId)) return "bad_process_id";
    // First of all that depends on the board: whoever may not say it is told the same whatever state that is in.
    if (this.#isForbidden(payload)) return "not_allowed";
    if (isTaken) return "id_held";
    if (this.#closedFor !== undefined) return this.#closedFor;
    return this.#parts.liveness.refusal(this.#openCount, now);
  }

  /** What is too long for the line is not matched, but refused for that: a flood of large payloads costs nothing here. */
  #isForbidden(payload: Buffer): boolean {
    const { payloadRules } = this.#options;
    if (payloadRules === undefined) return false;
    const { peer, liveness } = this.#parts;
    const isTooLong = payload.length > peer.lineBytesMax && !liveness.isHandshake;
    return !isTooLong && payloadRules.judge(payload).kind !== "allowed";
  }

  #enqueue(request: Request, now: Instant): void {
    const { peer, liveness, queue, wire, sender, settlements } = this.#parts;
    const line = sender.lineOf(request);
    if (line === undefined) settlements.fail(request, "bad_payload", now);
    else if (line.length > peer.lineBytesMax && !liveness.isHandshake) settlements.fail(request, "too_long", now);
    else if (!wire.canBeInTime(line, request)) settlements.fail(request, "too_long", now, "wire");
    else if (queue.size >= this.#options.queueMax) settlements.fail(request, "queue_full", now);
    else queue.add({ request, line, crc: peer.crc });
  }
}
