import type { Instant } from "./instant.ts";

/** At most so many answered requests are remembered: five times what IoT Hub sends (20/s) in its longest cutoff (10 s). */
const answeredMax = 1024;

/** Their payloads and responses together; beyond it the oldest keep their id only. 2 MiB is nothing on a Pi. */
const bytesMax = 2 * 1024 * 1024;

/** What is known of an id: answered with this response; answered, but not (or no longer) for that payload; nothing. */
export type Memory =
  | { readonly kind: "answered"; readonly response: Buffer }
  | { readonly kind: "taken" }
  | { readonly kind: "unknown" };

/**
 * The requests answered within the last cutoff, so that one that arrives again is answered again and never executed
 * again, and so that an id is not used for another request while a second reply to the first can still come.
 */
export class AnsweredRequests {
  readonly #entries = new Map<string, { readonly until: Instant; readonly replied: boolean }>();
  /** One character for each byte: a text takes a sixth of the memory of a small buffer, and most are never needed. */
  readonly #contents = new Map<string, { readonly request: string; readonly response: string }>();
  #keepMs: number;
  #byteCount = 0;

  /** @param keepMs the hub's cutoff: after it the hub has no use for a response. */
  constructor(keepMs: number) {
    this.#keepMs = keepMs;
  }

  /** For requests from now on. One that is to be kept for longer holds those behind it for as long, which is no harm. */
  configure(keepMs: number): void {
    this.#keepMs = keepMs;
  }

  /**
   * @param replied whether the MCU's own reply settled it: then a second one from it is told from a stray one.
   * @returns whether the oldest request had to be forgotten before its time.
   */
  remember(
    id: string,
    request: Buffer,
    response: Buffer,
    replied: boolean,
    now: Instant,
  ): "remembered" | "oldest_forgotten" {
    this.#forget(id);
    this.#entries.set(id, { until: now + this.#keepMs, replied });
    this.#contents.set(id, { request: textOf(request), response: textOf(response) });
    this.#byteCount += request.length + response.length;
    for (const oldest of this.#contents.keys()) {
      if (this.#byteCount <= bytesMax) break;
      this.#dropContents(oldest);
    }
    if (this.#entries.size <= answeredMax) return "remembered";
    for (const [oldest, { until }] of this.#entries) {
      this.#forget(oldest);
      return until > now ? "oldest_forgotten" : "remembered";
    }
    return "remembered";
  }

  /**
   * @param arrivedAt when the request arrived, at the earliest, which is never before an earlier one: what is read after a
   *   stand-still may be a repetition of what has been answered for long by then.
   */
  find(id: string, request: Buffer, arrivedAt: Instant): Memory {
    this.#forgetExpired(arrivedAt);
    if (!this.#entries.has(id)) return { kind: "unknown" };
    const contents = this.#contents.get(id);
    if (contents === undefined || contents.request !== textOf(request)) return { kind: "taken" };
    return { kind: "answered", response: Buffer.from(contents.response, "latin1") };
  }

  /** Whether the MCU has replied to `id` within the last cutoff. */
  wasReplied(id: string, now: Instant): boolean {
    const entry = this.#entries.get(id);
    return entry !== undefined && entry.until > now && entry.replied;
  }

  #forgetExpired(at: Instant): void {
    for (const [id, entry] of this.#entries) {
      if (entry.until > at) return;
      this.#forget(id);
    }
  }

  #forget(id: string): void {
    this.#dropContents(id);
    this.#entries.delete(id);
  }

  #dropContents(id: string): void {
    const contents = this.#contents.get(id);
    if (contents === undefined) return;
    this.#byteCount -= contents.request.length + contents.response.length;
    this.#contents.delete(id);
  }
}

function textOf(bytes: Buffer): string {
  return bytes.toString("latin1");
}
