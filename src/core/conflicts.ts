import type { Instant } from "./instant.ts";
import type { Request } from "./request.ts";

/**
 * Requests whose processID belongs to another one that is still open. Both share one topic, and the first response on it
 * is taken for the first request's: so what is to be told to them follows that.
 */
export class Conflicts {
  readonly #byId = new Map<string, Request[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Whether the same request is held back already, and can still be answered. */
  has(processId: string, payload: Buffer, now: Instant): boolean {
    const isSame = (request: Request) => now <= request.deadline && request.payload.equals(payload);
    return this.#byId.get(processId)?.some(isSame) ?? false;
  }

  add(request: Request): void {
    const requests = this.#byId.get(request.processId);
    if (requests === undefined) this.#byId.set(request.processId, [request]);
    else requests.push(request);
    this.#size += 1;
  }

  /** Those with `processId`, in their order; they are held back no more. */
  take(processId: string): readonly Request[] {
    const requests = this.#byId.get(processId) ?? [];
    this.#byId.delete(processId);
    this.#size -= requests.length;
    return requests;
  }

  /** All of them; none is held back any more. */
  takeAll(): readonly Request[] {
    const requests = [...this.#byId.values()].flat();
    this.#byId.clear();
    this.#size = 0;
    return requests;
  }
}
