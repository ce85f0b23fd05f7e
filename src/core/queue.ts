import { earliest, type Instant } from "./instant.ts";
import { type Request, settleBy } from "./request.ts";

/** A request that waits for the MCU, with the line that it becomes. */
export interface QueuedRequest {
  readonly request: Request;
  line: Buffer;
  /** Whether the line carries a checksum: once that changes, it is made anew. */
  crc: boolean;
}

const none: readonly Request[] = [];

/** The requests that wait for the MCU, in order of arrival. */
export class Queue {
  readonly #waiting = new Map<string, QueuedRequest>();
  /** Whether none has a deadline before one that came earlier, which only other options can bring about. */
  #isByDeadline = true;
  #lastDeadline: Instant = Number.NEGATIVE_INFINITY;

  get size(): number {
    return this.#waiting.size;
  }

  get(processId: string): QueuedRequest | undefined {
    return this.#waiting.get(processId);
  }

  /** One may be removed while they are gone through. */
  values(): IterableIterator<QueuedRequest> {
    return this.#waiting.values();
  }

  add(queued: QueuedRequest): void {
    const { processId, deadline } = queued.request;
    this.#isByDeadline = this.size === 0 || (this.#isByDeadline && deadline >= this.#lastDeadline);
    this.#lastDeadline = deadline;
    this.#waiting.set(processId, queued);
  }

  /** @returns whether it waited: another request may have its id. */
  remove(request: Request): boolean {
    return this.#waiting.get(request.processId)?.request === request && this.#waiting.delete(request.processId);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Those that have waited until too little of their deadline is left. */
  expired(now: Instant): readonly Request[] {
    // At nearly every step there is none that waits.
    if (this.#waiting.size === 0) return none;
    const expired: Request[] = [];
    for (const { request } of this.#waiting.values()) {
      if (settleBy(request) <= now) expired.push(request);
      else if (this.#isByDeadline) break;
    }
    return expired;
  }

  firstDeadline(): Instant | undefined {
    let first: Instant | undefined;
    for (const { request } of this.#waiting.values()) {
      first = earliest(first, request.deadline);
      if (this.#isByDeadline) break;
    }
    return first;
  }
}
