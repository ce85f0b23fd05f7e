import type { Instant } from "./instant.ts";
import type { Request } from "./request.ts";

/**
 * Requests that are held back because they came with the processID of another one that is still open. Their responses have
 * the same topic, where callers take the first response for that to the first request: so theirs come after it.
 */
export class Conflicts {
  readonly #byId = new Map<string, Request[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /**
   * Joins a repetition to the same request, if that is held back already and can still be answered: the later of their two
   * deadlines holds for both.
   * @returns whether it was joined.
   */
  join(repetition: Request, now: Instant): boolean {
    const requests = this.#byId.get(repetition.processId) ?? [];
    const isSame = ({ deadline, payload }: Request) => now <= deadline && payload.equals(repetition.payload);
    const index = requests.findIndex(isSame);
    const first = requests[index];
    if (first === undefined) return false;
    if (repetition.deadline > first.deadline) requests[index] = { ...first, deadline: repetition.deadline };
    return true;
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
