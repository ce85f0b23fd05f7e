import type { Outcome } from "./outcome.ts";

/** The hub takes less in a response (16 KB in a PUBLISH), so an answer of more is of no use however it ends. */
const bytesMax = 16 * 1024;

const lineFeed = Buffer.from("\n");

/** The lines of one answer that came before its last, where firmware with lines of its own answers in several. */
export class AnswerLines {
  #payloads: Buffer[] = [];
  #byteCount = 0;
  #isTorn = false;

  /** With an LF each; without what stands around the payloads. */
  get byteCount(): number {
    return this.#byteCount;
  }

  take(payload: Buffer): void {
    this.#byteCount += payload.length + lineFeed.length;
    if (this.#byteCount > bytesMax) this.tear();
    else this.#payloads.push(payload);
  }

  /** A line that may be one of them could not be kept. */
  tear(): void {
    this.#isTorn = true;
    this.#payloads = [];
  }

  /** The outcome of the whole answer, its lines joined by LF; a last one without payload adds none. */
  joinedTo(last: Outcome): Outcome {
    if (last.kind !== "ok") return last;
    if (this.#isTorn) return { kind: "error", reason: "reply_too_large" };
    if (this.#payloads.length === 0) return last;
    const payloads = last.payload.length > 0 ? [...this.#payloads, last.payload] : this.#payloads;
    const payload = Buffer.concat(payloads.flatMap((line, index) => (index > 0 ? [lineFeed, line] : [line])));
    return { kind: "ok", payload };
  }
}
