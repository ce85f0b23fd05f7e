import type { Presence } from "../config/board-config.ts";
import type { Instant } from "../core/instant.ts";

/**
 * A board is reported offline at most once in this time, and online at once: 98 boards whose cables come and go then take a third
 * of the hub's 20 messages a second.
 */
const offlineIntervalMs = 30_000;

/** What is seen of a board. */
export interface BoardFacts {
  readonly isServing: boolean;
  /** Of the hub. */
  readonly hasOpenRequest: boolean;
}

/** Decides when a board is reported offline to the hub, and online again. Pure. */
export class PresenceOfBoard {
  #presence: Presence;
  #isPresent = true;
  #offlineAt: Instant = Number.NEGATIVE_INFINITY;
  /** Undefined while it serves. */
  #awaySince: Instant | undefined;

  constructor(presence: Presence) {
    this.#presence = presence;
  }

  /** As the hub was told last. */
  get isPresent(): boolean {
    return this.#isPresent;
  }

  configure(presence: Presence): void {
    this.#presence = presence;
  }

  /** @returns what the hub is to be told; undefined where it is not told anything */
  look({ isServing, hasOpenRequest }: BoardFacts, now: Instant): boolean | undefined {
    this.#awaySince = isServing ? undefined : (this.#awaySince ?? now);
    const isPresent = this.#isWanted(now);
    if (isPresent === this.#isPresent) return undefined;
    if (!isPresent) {
      // The hub takes no response of a device that is offline.
      if (hasOpenRequest || now - this.#offlineAt < offlineIntervalMs) return undefined;
      this.#offlineAt = now;
    }
    this.#isPresent = isPresent;
    return isPresent;
  }

  #isWanted(now: Instant): boolean {
    if (this.#presence.kind === "session" || this.#awaySince === undefined) return true;
    return now - this.#awaySince < this.#presence.afterMs;
  }
}
