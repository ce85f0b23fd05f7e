import type { Instant } from "./instant.ts";

/**
 * At most so many ids are held: an MCU that is given one command each deadline and answers none fills it in hours,
 * and it counts as away long before that.
 */
const heldMax = 4096;

interface Held {
  readonly until: Instant;
  /** When the last byte of its command will have left the port: later than expected where the port took it late. */
  readonly sentBy: Instant;
  /** When that was expected as it was first held. */
  readonly expectedBy: Instant;
}

/**
 * The processIDs of commands that were written and not answered. The hub's ids come back (they look like a 16-bit
 * counter), and a late reply carries nothing but its id: so an id is not used again until its late reply has come,
 * the MCU has restarted, or enough time has passed that no reply can come any more.
 */
export class HeldIds {
  readonly #held = new Map<string, Held>();
  #holdMs: number;

  /** @param holdMs how late a reply can be. */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** For ids from now on. An id that is held for longer keeps those behind it held as long, which does no harm. */
  configure(holdMs: number): void {
    this.#holdMs = holdMs;
  }

  /**
   * Holds `id`, from now on if it is held already; says whether the oldest one had to go for it.
   * @param sentBy when the last byte of its command will have left the port.
   */
  hold(id: string, sentBy: Instant, now: Instant): "held" | "oldest_forgotten" {
    this.#forgetExpired(now);
    const expectedBy = this.#held.get(id)?.expectedBy ?? sentBy;
    this.#held.delete(id);
    this.#held.set(id, { until: now + this.#holdMs, sentBy, expectedBy });
    if (this.#held.size <= heldMax) return "held";
    for (const oldest of this.#held.keys()) {
      this.#held.delete(oldest);
      break;
    }
    return "oldest_forgotten";
  }

  has(id: string, now: Instant): boolean {
    this.#forgetExpired(now);
    return this.#held.has(id);
  }

  hasAny(now: Instant): boolean {
    this.#forgetExpired(now);
    return this.#held.size > 0;
  }

  /** Whether a late reply can come to a command that was handed to the port before `at`. */
  hasSentBefore(at: Instant, now: Instant): boolean {
    this.#forgetExpired(now);
    for (const { expectedBy } of this.#held.values()) if (expectedBy < at) return true;
    return false;
  }

  /** The late reply has come; false if `id` was not held. */
  release(id: string): boolean {
    return this.#held.delete(id);
  }

  /** The MCU has restarted at `at` or after: it remembers no command that was sent before. */
  releaseSentBefore(at: Instant): void {
    for (const [id, { sentBy }] of this.#held) if (sentBy < at) this.#held.delete(id);
  }

  #forgetExpired(now: Instant): void {
    for (const [id, { until }] of this.#held) {
      if (until > now) return;
      this.#held.delete(id);
    }
  }
}
