import type { Instant } from "./instant.ts";

/** At most so many answered requests are remembered: five times what IoT Hub sends (20/s) in its longest cutoff (10 s). */
const answeredMax = 1024;

/** Their payloads and responses together; beyond it the oldest keep their id only. 2 MiB is nothing on a Pi. */
const bytesMax = 2 * 1024 * 1024;

/** What is known of a request that arrives: answered with this response; another had its id, which is not free yet; nothing. */
export type Memory =
  | { readonly kind: "answered"; readonly response: Buffer }
  | { readonly kind: "taken" }
  | { readonly kind: "unknown" };

/** How a request was settled, as far as its id is concerned. */
export interface AnswerTraits {
  /** Whether the MCU's own reply settled it: then a second one from it is told from a stray one. */
  readonly wasReplied: boolean;
  /** Whether a second reply to it can come: until then no other request is given its id. */
  readonly keepsId: boolean;
}

interface Entry extends AnswerTraits {
  readonly id: string;
  readonly until: Instant;
  /**
   * One character for each byte: a text takes a sixth of the memory of a small buffer, and most are never needed.
   * Undefined once it was forgotten.
   */
  contents: { readonly request: string; readonly response: string } | undefined;
}

/**
 * The requests answered within the last cutoff, so that one that arrives again is answered again and never executed
 * again, and so that an id is not used for another request while a second reply to the first can still come.
 */
export class AnsweredRequests {
  /** In the order of their ends. */
  readonly #entries = new Set<Entry>();
  /** The hub may use an id again at once: each of its requests is remembered. */
  readonly #byId = new Map<string, Entry[]>();
  #keepMs: number;
  #byteCount = 0;
  /** Until when a second reply to any of them can come. */
  #secondReplyUntil: Instant = Number.NEGATIVE_INFINITY;

  /** @param keepMs the hub's cutoff: after it the hub has no use for a response. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** For requests from now on. One that is kept for longer keeps those behind it as long, which does no harm. */
  configure(keepMs: number): void {
    this.#keepMs = keepMs;
  }

  /** @returns whether the oldest request had to be forgotten before its time. */
  remember(
    id: string,
    request: Buffer,
    response: Buffer,
    traits: AnswerTraits,
    now: Instant,
  ): "remembered" | "oldest_forgotten" {
    const contents = { request: textOf(request), response: textOf(response) };
    const entry: Entry = { id, until: now + this.#keepMs, ...traits, contents };
    if (traits.keepsId) this.#secondReplyUntil = Math.max(this.#secondReplyUntil, entry.until);
    this.#entries.add(entry);
    const entries = this.#byId.get(id);
    if (entries === undefined) this.#byId.set(id, [entry]);
    else entries.push(entry);
    this.#byteCount += request.length + response.length;
    for (const oldest of this.#entries) {
      if (this.#byteCount <= bytesMax) break;
      this.#dropContents(oldest);
    }
    if (this.#entries.size <= answeredMax) return "remembered";
    for (const oldest of this.#entries) {
      this.#forget(oldest);
      return oldest.until > now ? "oldest_forgotten" : "remembered";
    }
    return "remembered";
  }

  /**
   * @param arrivedAt when the request arrived, at the earliest, which is never before an earlier one: what is read after a
   *   suspension may be a repetition of what has been answered for long by then.
   */
  find(id: string, request: Buffer, arrivedAt: Instant): Memory {
    this.#forgetExpired(arrivedAt);
    const entries = this.#byId.get(id);
    if (entries === undefined) return { kind: "unknown" };
    const text = textOf(request);
    let isTaken = false;
    for (const { contents, keepsId } of entries) {
      if (contents?.request === text) return { kind: "answered", response: Buffer.from(contents.response, "latin1") };
      isTaken ||= keepsId || contents === undefined;
    }
    return { kind: isTaken ? "taken" : "unknown" };
  }

  /** How a request with `id` was settled that the MCU has replied to within the last cutoff; undefined where there is none. */
  replied(id: string, now: Instant): AnswerTraits | undefined {
    return this.#byId.get(id)?.find(({ until, wasReplied }) => until > now && wasReplied);
  }

  /** Whether a second reply to any request can come yet. */
  awaitsSecondReply(now: Instant): boolean {
    return now < this.#secondReplyUntil;
  }

  #forgetExpired(at: Instant): void {
    for (const entry of this.#entries) {
      if (entry.until > at) return;
      this.#forget(entry);
    }
  }

  #forget(entry: Entry): void {
    this.#dropContents(entry);
    this.#entries.delete(entry);
    const rest = this.#byId.get(entry.id)?.filter((other) => other !== entry) ?? [];
    if (rest.length === 0) this.#byId.delete(entry.id);
    else this.#byId.set(entry.id, rest);
  }

  #dropContents(entry: Entry): void {
    if (entry.contents === undefined) return;
    this.#byteCount -= entry.contents.request.length + entry.contents.response.length;
    entry.contents = undefined;
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString("latin1");
}
