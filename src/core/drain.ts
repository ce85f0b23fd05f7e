import type { InFlight } from "./in-flight.ts";
import type { Queue } from "./queue.ts";
import type { Responses } from "./responses.ts";

/** The end of a gateway that stops: nothing is let in any more, and what is open is settled. */
export class Drain {
  #state: "no" | "begun" | "told" = "no";

  begin(): void {
    this.#state = "begun";
  }

  /** Says, once, that nobody waits for an answer any more. */
  isOver(queue: Queue, inFlight: InFlight, responses: Responses): boolean {
    if (this.#state !== "begun" || queue.size > 0) return false;
    for (const { request } of inFlight.values()) if (responses.isAwaited(request)) return false;
    this.#state = "told";
    return true;
  }
}
