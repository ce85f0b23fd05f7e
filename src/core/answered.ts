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

/** What is remembered of an answered request. The place of one that is forgotten is used again: a request makes no garbage that gets old. */
interface Entry {
  id: string;
  until: Instant;
  wasReplied: boolean;
  keepsId: boolean;
  /**
   * What was asked and what was answered, one character for each byte: a text takes a sixth of the memory of a small buffer, and most
   * are never needed. Undefined once they were forgotten.
   */
  request: string | undefined;
  response: string | undefined;
  /** The number of the one before it that had the same id; -1 where there was none. */
  before: number;
}

/**
 * The requests answered within the last cutoff, so that one that arrives again is answered again and never executed
 * again, and so that an id is not used for another request while a second reply to the first can still come.
 *
 * They are numbered as they come, which is the order of their ends.
 */
export class AnsweredRequests {
  /** As many as were needed; that of a number is its remainder. */
  readonly #places: Entry[] = [];
  /** The next one's number; those before `#first` are forgotten, of those before `#firstWhole` the id alone is left. */
  #next = 0;
  #first = 0;
  #firstWhole = 0;
  /** The number of the latest one with this id: the hub may use an id again at once, and each of its requests is remembered. */
  readonly #latest = new Map<string, number>();
  #keepMs: number;
  /** Of the texts. */
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
    { wasReplied, keepsId }: AnswerTraits,
    now: Instant,
  ): "remembered" | "oldest_forgotten" {
    const isFull = this.#next - this.#first === answeredMax;
    const isTooEarly = isFull && this.#entry(this.#first).until > now;
    if (isFull) this.#forgetFirst();
    const until = now + this.#keepMs;
    if (keepsId) this.#secondReplyUntil = Math.max(this.#secondReplyUntil, until);
    const entry = this.#place();
    entry.id = id;
    entry.until = until;
    entry.wasReplied = wasReplied;
    entry.keepsId = keepsId;
    entry.request = textOf(request);
    entry.response = textOf(response);
    entry.before = this.#latest.get(id) ?? -1;
    this.#latest.set(id, this.#next);
    this.#next += 1;
    this.#byteCount += request.length + response.length;
    while (this.#byteCount > bytesMax) this.#dropTexts();
    return isTooEarly ? "oldest_forgotten" : "remembered";
  }

  /**
   * @param arrivedAt when the request arrived, at the earliest, which is never before an earlier one: what is read after a
   *   suspension may be a repetition of what has been answered for long by then.
   */
  find(id: string, request: Buffer, arrivedAt: Instant): Memory {
    while (this.#first < this.#next && this.#entry(this.#first).until <= arrivedAt) this.#forgetFirst();
    let number = this.#latest.get(id) ?? -1;
    if (number === -1) return { kind: "unknown" };
    const text = textOf(request);
    let isTaken = false;
    for (; number >= this.#first; number = this.#entry(number).before) {
      const entry = this.#entry(number);
      if (entry.request === text && entry.response !== undefined)
        return { kind: "answered", response: Buffer.from(entry.response, "latin1") };
      isTaken ||= entry.keepsId || entry.request === undefined;
    }
    return { kind: isTaken ? "taken" : "unknown" };
  }

  /** How the first request with `id` was settled that the MCU has replied to within the last cutoff; undefined where there is none. */
  replied(id: string, now: Instant): AnswerTraits | undefined {
    let replied: AnswerTraits | undefined;
    for (let number = this.#latest.get(id) ?? -1; number >= this.#first; number = this.#entry(number).before) {
      const entry = this.#entry(number);
      if (entry.until > now && entry.wasReplied) replied = entry;
    }
    return replied;
  }

  /** Whether a second reply to any request can come yet. */
  awaitsSecondReply(now: Instant): boolean {
    return now < this.#secondReplyUntil;
  }

  #entry(number: number): Entry {
    const entry = this.#places[number % answeredMax];
    if (entry === undefined) throw new Error(`nothing was remembered as number ${number}`);
    return entry;
  }

  /** Where the next one is kept. */
  #place(): Entry {
    if (this.#places.length < answeredMax) this.#places.push({ ...empty });
    return this.#entry(this.#next);
  }

  #forgetFirst(): void {
    if (this.#firstWhole === this.#first) this.#dropTexts();
    const { id } = this.#entry(this.#first);
    if (this.#latest.get(id) === this.#first) this.#latest.delete(id);
    this.#first += 1;
  }

  /** Of the oldest one that has them. */
  #dropTexts(): void {
    const entry = this.#entry(this.#firstWhole);
    this.#firstWhole += 1;
    this.#byteCount -= (entry.request?.length ?? 0) + (entry.response?.length ?? 0);
    entry.request = undefined;
    entry.response = undefined;
  }
}

const empty: Entry = {
  id: "",
  until: 0,
  wasReplied: false,
  keepsId: false,
  request: undefined,
  response: undefined,
  before: -1,
};

function textOf(bytes: Buffer): string {
  return bytes.toString("latin1");
}
