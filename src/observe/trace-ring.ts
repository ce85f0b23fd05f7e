import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";
import type { Source } from "../core/request.ts";
import type { BoardDownReason, Observation } from "../gateway/boundary.ts";
import { shortenedReport, shortenedText } from "./shortened.ts";

/**
 * A request leaves five: itself, its command, the reply, the response and the report. So these are the last 80 requests; with the
 * bytes beside them they take 75 KB, of each board.
 */
const entriesMax = 400;

/** Sigil, id and the beginning of a payload: enough to recognise a line, little enough that all take 20 KB. */
const headBytesMax = 48;

/** An observation; of payloads and lines only the first bytes, which are overwritten when the ring comes round. */
export interface Entry {
  readonly kind: "entry";
  /** Its number among all that were ever recorded of its board. */
  readonly number: number;
  readonly at: Instant;
  readonly observation: Observation;
  /** The length of the whole payload or line; 0 where there is none. */
  readonly byteCount: number;
}

/** Where an observation is kept; its bytes lie beside it. Used again and again: a request makes no garbage. */
interface Place {
  at: Instant;
  kind: Exclude<Observation["kind"], "report"> | "mcu_log" | "other_report";
  processId: string;
  source: Source | undefined;
  isUp: boolean;
  reason: BoardDownReason | undefined;
  report: Report | undefined;
  headByteCount: number;
  byteCount: number;
}

const empty: Place = {
  at: 0,
  kind: "session",
  processId: "",
  source: undefined,
  isUp: false,
  reason: undefined,
  report: undefined,
  headByteCount: 0,
  byteCount: 0,
};

/** The last observations of one board, or of what belongs to no board. Takes constant memory, and formats nothing before it is asked. */
export class TraceRing {
  readonly #board: string | undefined;
  readonly #heads = Buffer.alloc(entriesMax * headBytesMax);
  /** As many as were needed: a board that is never asked takes little. */
  readonly #places: Place[] = [];
  /** Of all that were ever recorded. */
  #count = 0;

  /** @param board undefined for what belongs to no board */
  constructor(board: string | undefined) {
    this.#board = board;
  }

  /** The number of the latest entry; -1 before the first. */
  get latestNumber(): number {
    return this.#count - 1;
  }

  record(observation: Observation, at: Instant): void {
    const index = this.#count % entriesMax;
    this.#count += 1;
    const place = this.#placeAt(index);
    place.at = at;
    place.byteCount = 0;
    switch (observation.kind) {
      case "request":
      case "response":
        place.kind = observation.kind;
        place.processId = shortenedText(observation.processId);
        place.source = observation.source;
        this.#keepHead(index, place, observation.payload);
        break;
      case "line_out":
      case "line_in":
        place.kind = observation.kind;
        this.#keepHead(index, place, observation.bytes);
        break;
      case "session":
      case "link":
        place.kind = observation.kind;
        place.isUp = observation.isUp;
        break;
      case "online":
        place.kind = observation.kind;
        place.isUp = observation.isUp;
        place.reason = observation.reason;
        break;
      case "report":
        this.#keepReport(index, place, observation.report);
        break;
      default:
        observation satisfies never;
    }
  }

  /** From the oldest to the latest. Their bytes are views. */
  entries(): readonly Entry[] {
    const oldest = Math.max(0, this.#count - entriesMax);
    return Array.from({ length: this.#count - oldest }, (_, offset) => this.#entry(oldest + offset));
  }

  /** What it holds now. */
  copy(): TraceRing {
    const other = new TraceRing(this.#board);
    this.#heads.copy(other.#heads);
    other.#places.push(...this.#places.map((place) => ({ ...place })));
    other.#count = this.#count;
    return other;
  }

  #placeAt(index: number): Place {
    const known = this.#places[index];
    if (known !== undefined) return known;
    const place = { ...empty };
    this.#places.push(place);
    return place;
  }

  #keepReport(index: number, place: Place, report: Report): void {
    if (report.kind === "mcu_log") {
      place.kind = "mcu_log";
      this.#keepHead(index, place, report.bytes);
    } else {
      place.kind = "other_report";
      place.report = shortenedReport(report);
    }
  }

  /** Copies them: the bytes are a view that would keep everything that was read with them. */
  #keepHead(index: number, place: Place, bytes: Buffer): void {
    place.headByteCount = bytes.copy(this.#heads, index * headBytesMax, 0, wholeCharacters(bytes));
    place.byteCount = bytes.length;
  }

  #entry(number: number): Entry {
    const index = number % entriesMax;
    const { at, byteCount, ...place } = this.#places[index] ?? empty;
    const start = index * headBytesMax;
    const head = this.#heads.subarray(start, start + place.headByteCount);
    return { kind: "entry", number, at, byteCount, observation: observationOf(this.#board, place, head) };
  }
}

function observationOf(
  board: string | undefined,
  { kind, processId, source, isUp, reason, report }: Omit<Place, "at" | "byteCount">,
  head: Buffer,
): Observation {
  const whose = board ?? "";
  switch (kind) {
    case "request":
    case "response":
      return { kind, board: whose, processId, payload: head, ...(source !== undefined && { source }) };
    case "line_out":
    case "line_in":
      return { kind, board: whose, bytes: head };
    case "session":
      return { kind, isUp };
    case "link":
      return { kind, board: whose, isUp };
    case "online":
      return { kind, board: whose, isUp, ...(reason !== undefined && { reason }) };
    case "mcu_log":
      return { kind: "report", board, report: { kind, bytes: head } };
    case "other_report":
      if (report === undefined) throw new Error("a place for a report without one");
      return { kind: "report", board, report };
    default:
      return kind satisfies never;
  }
}

/** How many of the first bytes are kept: at most `headBytesMax`, and not amid a character of UTF-8. */
function wholeCharacters(bytes: Buffer): number {
  let length = Math.min(bytes.length, headBytesMax);
  while (length > 0 && ((bytes[length] ?? 0) & 0xc0) === 0x80) length -= 1;
  return length;
}
