import type { Conflicts } from "./conflicts.ts";
import type { InFlight, InFlightCommand } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import type { Outbox } from "./outbox.ts";
import type { GatewayReason, Outcome, Why } from "./outcome.ts";
import type { Peer } from "./peer.ts";
import type { Queue } from "./queue.ts";
import type { Request } from "./request.ts";
import type { Responses, SettlingLimits } from "./responses.ts";
import type { Wire } from "./wire.ts";

/** What error messages name, and the line's format for its times. */
export type SettlementsOptions = SettlingLimits["options"];

export interface SettlementsParts {
  readonly peer: Peer;
  readonly queue: Queue;
  readonly inFlight: InFlight;
  readonly wire: Wire;
  readonly responses: Responses;
  readonly conflicts: Conflicts;
  readonly outbox: Outbox;
}

/** The end of each request: it leaves the queue or the table of commands in flight, and is given its one response. */
export class Settlements {
  readonly #parts: SettlementsParts;
  #options: SettlementsOptions;

  constructor(options: SettlementsOptions, parts: SettlementsParts) {
    this.#options = options;
    this.#parts = parts;
  }

  configure(options: SettlementsOptions): void {
    this.#options = options;
  }

  /** The MCU has said, in a line of `lineBytes`, what became of a command that was in flight. */
  settle(command: InFlightCommand, outcome: Outcome, lineBytes: number, now: Instant): void {
    this.#settle(command.request, outcome, now, command, lineBytes);
  }

  /** A request that was never written. */
  fail(request: Request, reason: GatewayReason, now: Instant, why?: Why): void {
    this.#parts.queue.remove(request);
    this.#settle(request, why === undefined ? { kind: "error", reason } : { kind: "error", reason, why }, now);
  }

  /** A command that was written: its reply may still come, so its id is held. */
  abandon(command: InFlightCommand, reason: GatewayReason, now: Instant): void {
    const { wire, inFlight, outbox } = this.#parts;
    wire.abandoned(command.request.processId);
    if (inFlight.abandon(command, now) === "oldest_forgotten") outbox.drop("forgotten_id");
    this.#settle(command.request, { kind: "error", reason }, now, command);
  }

  abandonAll(reason: "link_lost" | "mcu_reset", now: Instant): void {
    for (const command of this.#parts.inFlight.values()) this.abandon(command, reason, now);
  }

  /** Responses belong to the session that their requests came on: what waits is not executed any more. */
  endSession(): void {
    const { responses, queue, conflicts, outbox } = this.#parts;
    responses.endSession();
    for (const { request } of queue.values()) {
      if (responses.isAwaited(request)) continue;
      outbox.drop("session_gone", { processId: request.processId, detail: "not executed" });
      queue.remove(request);
    }
    for (const { processId } of conflicts.takeAll()) {
      outbox.drop("session_gone", { processId, detail: "not executed" });
    }
  }

  /** The same response once more, to a repetition of what was answered. */
  answerAgain({ processId, deadline }: Request, response: Buffer, now: Instant): void {
    const { outbox } = this.#parts;
    outbox.drop("duplicate_request", { processId, detail: "answered again" });
    if (now <= deadline) outbox.add({ kind: "publish", processId, payload: response });
  }

  #settle(request: Request, outcome: Outcome, now: Instant, command?: InFlightCommand, lineBytes = 0): void {
    const { peer, responses, conflicts, outbox } = this.#parts;
    // Its own, whatever a reload has made of the options since.
    const deadlineMs = Math.round(request.deadline - request.arrivedAt);
    const limits = { deadlineMs, lineBytesMax: peer.lineBytesMax, options: this.#options };
    outbox.add(...responses.settle(request, { outcome, command, lineBytes, now }, limits));
    if (conflicts.size > 0) this.#settleHeldBack(request.processId, now);
  }

  /** A request has been settled: now those are answered that were held back because they have the same id, in their order. */
  #settleHeldBack(processId: string, now: Instant): void {
    const { responses, conflicts, outbox } = this.#parts;
    for (const request of conflicts.take(processId)) {
      const memory = responses.recall(request);
      if (now > request.deadline) outbox.drop("id_conflict", { processId, detail: "its deadline came first" });
      else if (memory.kind === "answered") this.answerAgain(request, memory.response, now);
      else this.fail(request, "id_held", now);
    }
  }
}
