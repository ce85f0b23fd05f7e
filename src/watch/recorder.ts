import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";
import type { Observation } from "../ports.ts";

/** A request leaves five: itself, its command, the reply, the response and the report. So these are the last 80 requests. */
const entriesMax = 400;

/** Sigil, id and the beginning of a payload: enough to recognise a line, little enough that all take 20 KB. */
const headBytesMax = 48;

/** Of a text from outside; a processID has at most 32. */
const textMax = 64;

/** What was observed; of payloads and lines the first bytes, which are overwritten when the ring comes round. */
export interface Entry {
  readonly at: Instant;
  readonly observation: Observation;
  /** Of the whole payload or line; 0 where there is none. */
  readonly byteCount: number;
}

/** The flight recorder: the last observations, in constant memory. It formats nothing before it is asked. */
export class Recorder {
  readonly #heads = Buffer.alloc(entriesMax * headBytesMax);
  readonly #entries: Entry[] = [];
  #next = 0;

  record(observation: Observation, at: Instant): void {
    this.#entries[this.#next] = this.#keep(observation, at);
    this.#next = (this.#next + 1) % entriesMax;
  }

  /** From the oldest to the latest. */
  entries(): readonly Entry[] {
    return [...this.#entries.slice(this.#next), ...this.#entries.slice(0, this.#next)];
  }

  #keep(observation: Observation, at: Instant): Entry {
    switch (observation.kind) {
      case "request":
      case "response": {
        const { kind, processId, payload } = observation;
        const kept = { kind, processId: shortened(processId), payload: this.#head(payload) };
        return { at, observation: kept, byteCount: payload.length };
      }
      case "line_out":
      case "line_in": {
        const { kind, bytes } = observation;
        return { at, observation: { kind, bytes: this.#head(bytes) }, byteCount: bytes.length };
      }
      case "session":
      case "link":
        return { at, observation, byteCount: 0 };
      case "report": {
        const { kind, report } = observation;
        if (report.kind !== "mcu_log")
          return { at, observation: { kind, report: shortenedReport(report) }, byteCount: 0 };
        const kept = { kind: report.kind, bytes: this.#head(report.bytes) };
        return { at, observation: { kind, report: kept }, byteCount: report.bytes.length };
      }
      default:
        return observation satisfies never;
    }
  }

  /** A copy in this entry's own place: the bytes themselves are a view that would keep whatever they were read with. */
  #head(bytes: Buffer): Buffer {
    const start = this.#next * headBytesMax;
    const length = bytes.copy(this.#heads, start, 0, wholeCharacters(bytes));
    return this.#heads.subarray(start, start + length);
  }
}

/** How many of the first bytes are kept: at most `headBytesMax`, and not amid a character of UTF-8. */
function wholeCharacters(bytes: Buffer): number {
  let length = Math.min(bytes.length, headBytesMax);
  while (length > 0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length -= 1;
  return length;
}

/** The same with no text without bound: a topic may be named in it, or what the MCU says of itself. */
function shortenedReport(report: Report): Report {
  switch (report.kind) {
    case "settled":
      return { ...report, processId: shortened(report.processId) };
    case "dropped": {
      const { kind, name, processId, detail } = report;
      const id = processId === undefined ? {} : { processId: shortened(processId) };
      return { kind, name, ...id, ...(detail !== undefined && { detail: shortened(detail) }) };
    }
    case "mcu_greeted":
      return { ...report, text: shortened(report.text) };
    case "mcu_version_unsupported":
      return { ...report, version: shortened(report.version) };
    default:
      return report;
  }
}

/** A text of its own: a slice would keep the text that it was cut from. */
function shortened(text: string): string {
  return text.length <= textMax ? text : `${Buffer.from(text.slice(0, textMax))}…`;
}
