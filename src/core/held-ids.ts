import type { Instant } from "./instant.ts";

/**
 * At most so many ids are held: an MCU that is given one command each deadline and answers none fills it in hours,
 * and it counts as away long before that.
 */
const heldMax = 4096;

/**
 * The processIDs of commands that were written and not answered. The hub's ids come back (they look like a 16-bit
 * counter), and a late reply carries nothing but its id: so an id is not used again until its late reply has come,
 * the MCU has restarted, or enough time has passed that no reply can come any more.
 */
export class HeldIds {
  readonly #until = new Map<string, Instant>();
  #holdMs: number;

  /** @param holdMs how late a reply can be. */
  constructor(holdMs: number) {
    this.#holdMs = holdMs;
  }

  /** For ids from now on. One that is held for longer holds those behind it for as long, which is no harm. */
  configure(holdMs: number): void {
    this.#holdMs = holdMs;
  }

  /** Holds `id`; says whether the oldest one had to go for it. */
  hold(id: string, now: Instant): "held" | "oldest_forgotten" {
    this.#forgetExpired(now);
    this.#until.delete(id);
    this.#until.set(id, now + this.#holdMs);
    if (this.#until.size <= heldMax) return "held";
    for (const oldest of this.#until.keys()) {
      this.#until.delete(oldest);
      break;
    }
    return "oldest_forgotten";
  }

  has(id: string, now: Instant): boolean {
    this.#forgetExpired(now);
    return this.#until.has(id);
  }

  /** The late reply has come; false if `id` was not held. */
  release(id: string): boolean {
    return this.#until.delete(id);
  }

  /** The MCU has restarted: it remembers none of its commands. */
  releaseAll(): void {
    this.#until.clear();
  }

  #forgetExpired(now: Instant): void {
    for (const [id, until] of this.#until) {
      if (until > now) return;
      this.#until.delete(id);
    }
  }
}
