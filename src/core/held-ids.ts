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
  /** Since when its command counts as unanswered. */
  readonly since: Instant;
  /** A line of its answer is lost: what comes of it yet is not the whole. */
  isTorn: boolean;
  /** It has been told that the MCU has restarted since. */
  isTold: boolean;
}

/** What is known of a command whose late reply has come. */
export type Released = Pick<Held, "since" | "isTorn">;

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
   * @param isTorn a line of its answer has come already.
   */
  hold(id: string, sentBy: Instant, isTorn: boolean, now: Instant): "held" | "oldest_forgotten" {
    this.#forgetExpired(now);
    const before = this.#held.get(id);
    this.#held.delete(id);
    this.#held.set(id, {
      until: now + this.#holdMs,
      sentBy,
      expectedBy: before?.expectedBy ?? sentBy,
      since: before?.since ?? now,
      isTorn: isTorn || before?.isTorn === true,
      isTold: before?.isTold === true,
    });
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

  /** The late reply has come; undefined if `id` was not held. */
  release(id: string): Released | undefined {
    const held = this.#held.get(id);
    this.#held.delete(id);
    return held;
  }

  /** A line of a late answer has come, to `id`, or to any where lines carry none. */
  tear(id: string | undefined): void {
    const torn = id === undefined ? this.#held.values() : [this.#held.get(id)];
    for (const held of torn) if (held !== undefined) held.isTorn = true;
  }

  /** The ids of which it is to be told that the MCU has restarted, the newest last; of each once. */
  takeUntold(now: Instant): readonly string[] {
    this.#forgetExpired(now);
    const untold: string[] = [];
    for (const [id, held] of this.#held) {
      if (!held.isTold) untold.push(id);
      held.isTold = true;
    }
    return untold;
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
