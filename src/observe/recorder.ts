import type { Instant } from "../core/instant.ts";
import type { Report } from "../core/report.ts";
import type { Observation } from "../gateway/boundary.ts";
import { CrashDump, type CrashLine } from "./crash-dump.ts";
import { shortenedReport, shortenedText } from "./shortened.ts";

/** A request leaves five: itself, its command, the reply, the response and the report. So these are the last 80 requests. */
const entriesMax = 400;

/** Sigil, id and the beginning of a payload: enough to recognise a line, little enough that all take 20 KB. */
const headBytesMax = 48;

/** An observation; of payloads and lines only the first bytes, which are overwritten when the ring comes round. */
export interface Entry {
  readonly kind: "entry";
  /** Its number among all that were ever recorded. */
  readonly number: number;
  readonly at: Instant;
  readonly observation: Observation;
  /** The length of the whole payload or line; 0 where there is none. */
  readonly byteCount: number;
}

/** So many observations are not kept any more. */
export interface Gap {
  readonly kind: "gap";
  /** Of the observation that follows. */
  readonly at: Instant;
  readonly count: number;
}

/** Where an observation is kept; its bytes lie beside it. Used again and again: a request makes no garbage. */
interface Place {
  at: Instant;
  kind: Exclude<Observation["kind"], "report"> | "mcu_log" | "other_report";
  /** "" for what belongs to no board. */
  board: string;
  processId: string;
  isUp: boolean;
  report: Report | undefined;
  headByteCount: number;
  byteCount: number;
}

const empty: Place = {
  at: 0,
  kind: "session",
  board: "",
  processId: "",
  isUp: false,
  report: undefined,
  headByteCount: 0,
  byteCount: 0,
};

/**
 * The flight recorder: the last observations, those before the latest incident began, and what the MCU has said after its
 * latest restart. Takes constant memory, and formats nothing before it is asked.
 */
export class Recorder {
  /** By board; only of boards that have restarted. */
  readonly #crashDumps = new Map<string, CrashDump>();
  readonly #heads = Buffer.alloc(entriesMax * headBytesMax);
  readonly #places = Array.from({ length: entriesMax }, () => ({ ...empty }));
  /** Of all that were ever recorded. */
  #count = 0;
  /** The latest line from an MCU: a report of it may follow. */
  #lineIn: Buffer | undefined;
  #lineInNumber = 0;
  /** What came before the latest incident of each board. */
  readonly #kept = new Map<string | undefined, readonly Entry[]>();

  /** Keeps what it holds now until the next call for this board; `board` is undefined for what belongs to no board. */
  keep(board: string | undefined): void {
    const kept = this.#ring().map((entry) => ({ ...entry, observation: copyOf(entry.observation) }));
    this.#kept.set(board, kept);
  }

  record(observation: Observation, at: Instant): void {
    const index = this.#count % entriesMax;
    this.#count += 1;
    const place = this.#places[index];
    if (place === undefined) return;
    place.at = at;
    place.byteCount = 0;
    place.board = observation.kind === "session" ? "" : (observation.board ?? "");
    switch (observation.kind) {
      case "request":
      case "response":
        place.kind = observation.kind;
        place.processId = shortenedText(observation.processId);
        this.#keepHead(index, place, observation.payload);
        break;
      case "line_out":
      case "line_in":
        place.kind = observation.kind;
        this.#keepHead(index, place, observation.bytes);
        if (observation.kind === "line_in") {
          this.#lineIn = observation.bytes;
          this.#lineInNumber = this.#count - 1;
        }
        break;
      case "session":
      case "link":
        place.kind = observation.kind;
        place.isUp = observation.isUp;
        break;
      case "report":
        this.#keepReport(index, place, observation.report);
        break;
      default:
        observation satisfies never;
    }
  }

  /** From the oldest to the latest. */
  entries(): readonly (Entry | Gap)[] {
    const ring = this.#ring();
    const ringStart = ring[0]?.number ?? 0;
    const crashLines = new Map(
      [...this.#crashDumps].flatMap(([board, dump]) =>
        dump.lines().map((line) => [line.number, crashEntry(board, line)] as const),
      ),
    );
    const kept = [...this.#kept.values()].flat().map((entry) => [entry.number, entry] as const);
    const older = new Map([...kept, ...crashLines]);
    const all = [...[...older.values()].filter(({ number }) => number < ringStart), ...ring]
      .map((entry) => crashLines.get(entry.number) ?? entry)
      .sort((one, other) => one.number - other.number);
    return all.flatMap((entry, index) => {
      const before = all[index - 1];
      const count = before === undefined ? 0 : entry.number - before.number - 1;
      // The line that one of them came as lies between any two.
      const isWithinDump = crashLines.has(entry.number) && before !== undefined && crashLines.has(before.number);
      return count === 0 || isWithinDump ? [entry] : [{ kind: "gap", at: entry.at, count }, entry];
    });
  }

  /** The last observations. */
  #ring(): readonly Entry[] {
    const oldest = Math.max(0, this.#count - entriesMax);
    return Array.from({ length: this.#count - oldest }, (_, offset) => this.#entry(oldest + offset));
  }

  #keepReport(index: number, place: Place, report: Report): void {
    const crashDump = this.#crashDumps.get(place.board);
    if (report.kind === "mcu_restarted") this.#restarted(place.board, place.at);
    if (report.kind === "mcu_log_hidden" && this.#lineIn !== undefined) {
      crashDump?.take({ bytes: this.#lineIn, at: place.at, number: this.#lineInNumber, isHidden: true });
    }
    if (report.kind === "mcu_log") {
      crashDump?.take({ bytes: report.bytes, at: place.at, number: this.#count - 1, isHidden: false });
      place.kind = "mcu_log";
      this.#keepHead(index, place, report.bytes);
    } else {
      place.kind = "other_report";
      place.report = shortenedReport(report);
    }
  }

  #restarted(board: string, at: Instant): void {
    const crashDump = this.#crashDumps.get(board) ?? new CrashDump();
    this.#crashDumps.set(board, crashDump);
    crashDump.restarted(at);
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
    return {
      kind: "entry",
      number,
      at,
      byteCount,
      observation: observationOf(place, this.#heads.subarray(start, start + place.headByteCount)),
    };
  }
}

function crashEntry(board: string, { number, at, bytes, isHidden }: CrashLine): Entry {
  const observation: Observation = isHidden
    ? { kind: "line_in", board, bytes }
    : { kind: "report", board, report: { kind: "mcu_log", bytes } };
  return { kind: "entry", number, at, byteCount: bytes.length, observation };
}

/** The same with bytes of its own. */
function copyOf(observation: Observation): Observation {
  switch (observation.kind) {
    case "request":
    case "response":
      return { ...observation, payload: Buffer.from(observation.payload) };
    case "line_out":
    case "line_in":
      return { ...observation, bytes: Buffer.from(observation.bytes) };
    case "report": {
      const { report } = observation;
      return report.kind === "mcu_log"
        ? { ...observation, report: { ...report, bytes: Buffer.from(report.bytes) } }
        : observation;
    }
    case "session":
    case "link":
      return observation;
    default:
      return observation satisfies never;
  }
}

function observationOf(place: Omit<Place, "at" | "byteCount">, head: Buffer): Observation {
  const { kind, board, processId, isUp, report } = place;
  const boardOfReport = board === "" ? undefined : board;
  switch (kind) {
    case "request":
    case "response":
      return { kind, board, processId, payload: head };
    case "line_out":
    case "line_in":
      return { kind, board, bytes: head };
    case "session":
      return { kind, isUp };
    case "link":
      return { kind, board, isUp };
    case "mcu_log":
      return { kind: "report", board: boardOfReport, report: { kind, bytes: head } };
    case "other_report":
      if (report === undefined) throw new Error("a place for a report without one");
      return { kind: "report", board: boardOfReport, report };
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
