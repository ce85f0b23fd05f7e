import { wireTimeMs } from "../protocol/wire-time.ts";
import { AnsweredRequests, type Memory } from "./answered.ts";
import type { InFlightCommand } from "./in-flight.ts";
import type { Instant } from "./instant.ts";
import { isLocalId } from "./local-id.ts";
import type { CorrelatorOptions } from "./options.ts";
import { type Limits, type Outcome, responsePayload } from "./outcome.ts";
import type { Output } from "./output.ts";
import type { DropName } from "./report.ts";
import type { Request } from "./request.ts";

export type ResponsesOptions = Pick<CorrelatorOptions, "cutoffMs">;

/** What messages name, and the line's format, by which times on the wire are told. */
export type SettlingLimits = Limits & { readonly options: Pick<CorrelatorOptions, "wireFormat"> };

/** How a request was settled, and when. */
export interface Settlement {
  readonly outcome: Outcome;
  /** Undefined where its command was never handed to the port. */
  readonly command: InFlightCommand | undefined;
  /** Of the MCU's line that settled it, without its end; 0 where none did. */
  readonly lineBytes: number;
  readonly now: Instant;
}

/**
 * Gives requests their responses: each one, on its own session only, before its deadline only, and the same again to
 * the same request that arrives again.
 */
export class Responses {
  /** Of the hub. */
  readonly #answered: AnsweredRequests;
  /** Of this machine. Apart, so that a load of them has none of the hub's forgotten. */
  readonly #answeredHere: AnsweredRequests;
  #session = 0;
  /** The MCU has replied twice to a command: no id is free before its second reply can have come. */
  #isRepliedTwice = false;

  constructor({ cutoffMs }: ResponsesOptions) {
    this.#answered = new AnsweredRequests(cutoffMs);
    this.#answeredHere = new AnsweredRequests(cutoffMs);
  }

  configure({ cutoffMs }: ResponsesOptions): void {
    this.#answered.configure(cutoffMs);
    this.#answeredHere.configure(cutoffMs);
  }

  /** The session that requests arrive on now. */
  get session(): number {
    return this.#session;
  }

  /** No request that has arrived so far can be answered any more. */
  endSession(): void {
    this.#session += 1;
  }

  /** Whether somebody still waits for the response: at this machine always. */
  isAwaited(request: Request): boolean {
    return request.source === "local" || request.session === this.#session;
  }

  /** What is known of a request that has arrived. */
  recall({ processId, payload, arrivedAt }: Request): Memory {
    return this.#memoryOf(processId).find(processId, payload, arrivedAt);
  }

  /** Whether the MCU has replied to a request with this id within the last cutoff. */
  wasReplied(processId: string, now: Instant): boolean {
    return this.#memoryOf(processId).replied(processId, now) !== undefined;
  }

  /** Whether the MCU may reply again to what it has replied to. */
  awaitsSecondReply(now: Instant): boolean {
    return this.#answered.awaitsSecondReply(now) || this.#answeredHere.awaitsSecondReply(now);
  }

  /** A reply has come that no command awaits: whether it is a second one. From now on more of them are expected. */
  unawaitedReply(processId: string, now: Instant): "second_reply" | "stray_reply" {
    const replied = this.#memoryOf(processId).replied(processId, now);
    if (replied === undefined) return "stray_reply";
    this.#isRepliedTwice ||= !replied.keepsId;
    return "second_reply";
  }

  settle(request: Request, settlement: Settlement, limits: SettlingLimits): Output[] {
    const { outcome, command, now } = settlement;
    const { processId, arrivedAt, deadline, source } = request;
    const fitting = fittingOutcome(outcome, limits.options.responseBytesMax);
    const response = responsePayload(fitting, processId, limits, leftWhenSent(request, command));
    const result = fitting.kind === "error" ? fitting.reason : fitting.kind;
    const totalMs = now - arrivedAt;
    const queueMs = command && command.sentAt - arrivedAt;
    const wireMs = command && wireTimeMs(wireBytes(command, settlement.lineBytes), limits.options.wireFormat);
    const leftMs = deadline - now;
    const settled = { kind: "settled", processId, outcome: result, totalMs, queueMs, wireMs, leftMs } as const;
    return [
      this.#response(request, response, now),
      { kind: "report", report: source === undefined ? settled : { ...settled, source } },
      ...this.#remember(request, fitting, response, settlement),
    ];
  }

  #response(request: Request, payload: Buffer, now: Instant): Output {
    const { processId, deadline } = request;
    // Late or not: nothing at this machine takes it for the answer to something else.
    if (request.source === "local") return { kind: "answer", processId, payload };
    if (!this.isAwaited(request)) return dropped("session_gone", processId, "no response");
    if (now > deadline) return dropped("missed_deadline", processId, `${Math.round(now - deadline)} ms late`);
    return { kind: "publish", processId, payload };
  }

  #remember(request: Request, outcome: Outcome, response: Buffer, { command, now }: Settlement): Output[] {
    const { processId, payload } = request;
    // Not even its own id can be relied on.
    if (outcome.kind === "error" && outcome.reason === "bad_process_id") return [];
    const wasReplied = outcome.kind !== "error" || outcome.reason === "reply_too_large";
    // A line that was sent twice may be answered twice, and so may every line, by an MCU that was seen to do so.
    const keepsId = command !== undefined && (command.attempt > 1 || this.#isRepliedTwice);
    if (request.source === "local") {
      // Its id never comes again: all that can come is a second reply, to what was written. One that is forgotten is a stray one.
      if (command !== undefined) this.#answeredHere.remember(processId, nothing, nothing, { wasReplied, keepsId }, now);
      return [];
    }
    const memory = this.#answered.remember(processId, payload, response, { wasReplied, keepsId }, now);
    return memory === "oldest_forgotten" ? [dropped("forgotten_id", processId, "too many are remembered")] : [];
  }

  #memoryOf(processId: string): AnsweredRequests {
    return isLocalId(processId) ? this.#answeredHere : this.#answered;
  }
}

const nothing = Buffer.alloc(0);

/** A command's line and those of its answer; what went twice is counted once. */
function wireBytes({ line, lines }: InFlightCommand, lineBytes: number): number {
  return line.length + lines.byteCount + (lineBytes === 0 ? 0 : lineBytes + 1);
}

/** What was left of a deadline when the command was sent; undefined where it did not wait. */
function leftWhenSent({ arrivedAt, deadline }: Request, command: InFlightCommand | undefined): number | undefined {
  return command === undefined || command.sentAt - arrivedAt < 1 ? undefined : Math.round(deadline - command.sentAt);
}

function fittingOutcome(outcome: Outcome, responseBytesMax: number): Outcome {
  const tooLarge = outcome.kind === "ok" && outcome.payload.length > responseBytesMax;
  return tooLarge ? { kind: "error", reason: "reply_too_large" } : outcome;
}

function dropped(name: DropName, processId: string, detail: string): Output {
  return { kind: "report", report: { kind: "dropped", name, processId, detail } };
}
