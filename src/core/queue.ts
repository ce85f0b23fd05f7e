import type { Instant } from "./instant.ts";
import { type Request, settleBy } from "./request.ts";

/** A request that waits for the MCU, with the line that it becomes. */
export interface QueuedRequest {
  readonly request: Request;
  line: Buffer;
  /** Whether the line carries a checksum: once that changes, it is made anew. */
  crc: boolean;
}

/** The requests that wait for the MCU, in order of arrival, which is the order of deadlines too. */
export class Queue {
  readonly #waiting = new Map<string, QueuedRequest>();

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
    this.#waiting.set(queued.request.processId, queued);
  }

  /** @returns whether it waited: another request may have its id. */
  remove(request: Request): boolean {
    return this.#waiting.get(request.processId)?.request === request && this.#waiting.delete(request.processId);
  }

  clear(): void {
    this.#waiting.clear();
  }

  /** Those that have waited until too little of their deadline is left. */
  *expired(now: Instant): Generator<Request> {
    for (const { request } of this.#waiting.values()) {
      if (settleBy(request) > now) return;
      yield request;
    }
  }

  firstDeadline(): Instant | undefined {
    const [head] = this.#waiting.values();
    return head?.request.deadline;
  }
}
