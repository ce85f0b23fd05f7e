/**
 * How many messages the hub takes from one session in a second, shared by all boards. Pure. Responses are never held back, only
 * counted; what else is to be sent takes what they leave.
 */

import type { Instant } from "../core/instant.ts";
import { messagesPerSecondMax } from "./limits.ts";

/** Left for responses that become due within the same second. */
const reservedForResponses = 4;

/**
 * An operation may go this long after the last one, whatever the responses take: else boards that are busy would keep others from
 * ever coming online. So 32 boards are all served within 5 s of CONNACK, while those that are served already are asked each second.
 */
const operationIntervalMs = 200;

const windowMs = 1000;

export class MessageBudget {
  /** When the latest messages went out, as a ring. */
  readonly #sentAt = new Float64Array(messagesPerSecondMax).fill(Number.NEGATIVE_INFINITY);
  #next = 0;
  #operationAt = Number.NEGATIVE_INFINITY;

  /** A message goes out, of whatever kind. */
  spend(now: Instant): void {
    this.#sentAt[this.#next] = now;
    this.#next = (this.#next + 1) % messagesPerSecondMax;
  }

  spendOnOperation(now: Instant): void {
    this.spend(now);
    this.#operationAt = now;
  }

  /** When the next event may go, if nothing else is sent until then. */
  get eventAt(): Instant {
    // The oldest of those that fill the share: so many that the reserve is what is left.
    const oldest = (this.#next + reservedForResponses) % messagesPerSecondMax;
    return (this.#sentAt[oldest] ?? 0) + windowMs;
  }

  /** The same for an operation. */
  get operationAt(): Instant {
    return Math.min(this.eventAt, this.#operationAt + operationIntervalMs);
  }
}
