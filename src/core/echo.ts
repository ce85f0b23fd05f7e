import { looksLikePrompt } from "../protocol/misframed-line.ts";
import { linesIn } from "../protocol/written-lines.ts";

/** Whether what is written comes back: it cannot, it may, or it must, ahead of the answer to it. */
export type EchoMode = "never" | "maybe" | "always";

/**
 * What there is to say of echoes, each once while the port is open: that they come; that one should have come and has not;
 * that nothing else comes; that they come behind a prompt, or in pieces.
 */
export type EchoFinding = "heard" | "missing" | "alone" | "prompted" | "torn";

const nothingTold: { readonly [finding in EchoFinding]: boolean } = {
  heard: false,
  missing: false,
  alone: false,
  prompted: false,
  torn: false,
};

export interface EchoOptions {
  readonly mode: EchoMode;
  /** Whether no line to the MCU can be taken for one from it. Else a torn echo may look like an answer. */
  readonly tellsDirections: boolean;
  /** Takes off a line what is taken off those that come: then both compare. */
  readonly frame: (line: Buffer) => Buffer;
}

/** A line that was written and has not come back. */
interface WrittenLine {
  readonly text: Buffer;
  /** What was handed to the port, with this line in it. */
  readonly write: Buffer;
}

/** Twice the widest window: cancels and probes come in between. */
const linesMax = 512;
/** Four of the longest commands. */
const bytesMax = 256 * 1024;
/** What came damaged is compared to so many of the latest: to compare a flood of lines with all would take too long. */
const comparedMax = 8;

/** What is shorter may stand behind a prompt, or in a log line, by chance. */
const pieceMin = 4;
/** The beginning of a line that a console has wrapped: the narrowest have 20 columns, some of them for the prompt. */
const tornMin = 16;

const CR = 0x0d;
const colon = 0x3a;
const space = 0x20;

/**
 * What was written and may come back: adapters for RS-485 hear themselves, and consoles repeat what is typed. An echo comes
 * in the order of writing, and ahead of the answer: once a command has been answered, no echo of it is awaited.
 */
export class Echo {
  #options: EchoOptions;
  #written: WrittenLine[] = [];
  #byteCount = 0;
  /** Since the port was opened. */
  #hasCome = false;
  #hasHeardOther = false;
  /** The line whose echo has come so far. */
  #torn: { readonly line: WrittenLine; readonly length: number } | undefined;
  /** How the last echo came. */
  #came: EchoFinding = "heard";
  #told: { [finding in EchoFinding]: boolean } = { ...nothingTold };

  constructor(options: EchoOptions) {
    this.#options = effective(options);
  }

  /** For lines from now on; what was written may still come back, unless nothing can any more. */
  configure(options: EchoOptions): void {
    this.#options = effective(options);
    if (this.#options.mode === "never") this.#forget(this.#written.length);
  }

  /** The port was opened or closed: what was written before does not come back. */
  clear(): void {
    this.#written = [];
    this.#byteCount = 0;
    this.#hasCome = false;
    this.#hasHeardOther = false;
    this.#torn = undefined;
    this.#told = { ...nothingTold };
  }

  /** @param write one or more lines, with their line ends */
  written(write: Buffer): void {
    if (this.#options.mode === "never") return;
    for (const line of linesIn(write)) {
      const text = this.#options.frame(line);
      if (text.length === 0) continue;
      this.#written.push({ text, write });
      this.#byteCount += text.length;
    }
    while (this.#written.length > linesMax || this.#byteCount > bytesMax) this.#forget(1);
  }

  /**
   * Takes a framed line that has come. Undefined where it is none of ours; else what stands behind the echo in the same
   * line, mostly nothing: firmware may repeat the CR that ended a command and answer in the same line.
   */
  take(line: Buffer): Buffer | undefined {
    this.#came = "heard";
    const index = this.#indexOf(line);
    if (index === -1) {
      if (this.#takePrompted(line) || this.#takeTorn(line)) return nothing;
      this.#hasHeardOther ||= !this.#resembles(line, 0.5);
      return undefined;
    }
    const length = this.#written[index]?.text.length ?? 0;
    this.#forget(index + 1);
    this.#hasCome = true;
    this.#told.missing = false;
    return line.subarray(length);
  }

  /** As `take`, of a line that is too long to be read: by its first bytes. */
  takeOverlong(head: Buffer, byteCount: number): boolean {
    if (head.length === 0) return false;
    const index = this.#written.findIndex(({ text }) => text.length <= byteCount && startsWith(text, head));
    if (index === -1) return false;
    this.#forget(index + 1);
    this.#hasCome = true;
    return true;
  }

  /**
   * Whether a line that is none of ours as a whole may be what is left of one: of an answer only where echoes have come
   * before, since it may well have the words of its command.
   */
  isTorn(line: Buffer, kind: "log" | "answer"): boolean {
    if (kind === "log") return this.#resembles(line, this.#hasCome ? 0.5 : 1);
    return this.#hasCome && !this.#options.tellsDirections && this.#resembles(line, 1);
  }

  /** Whether nothing that comes now can be the answer to the command: its echo has to come first. */
  isAwaited(command: Buffer): boolean {
    return this.#isExpected(command) && !this.#options.tellsDirections;
  }

  /** Whether a log line has in it what was written, coloured or cut: it would show a request's payload. */
  hasPiece(line: Buffer): boolean {
    return this.#written
      .slice(-comparedMax)
      .some(({ text }) => commonEnds(line, text) >= pieceMin || (line.length >= pieceMin && text.includes(line)));
  }

  /** What is to be told of echoes that have come. */
  heard(): EchoFinding | undefined {
    return this.#tell(this.#came);
  }

  /** The answer to `command` has come: its echo does not come any more. */
  answered(command: Buffer): EchoFinding | undefined {
    const isMissing = this.#isExpected(command);
    // Sent again, it stands there more than once.
    let index = this.#written.length - 1;
    while (index >= 0 && this.#written[index]?.write !== command) index -= 1;
    // Where echoes may be switched off they are, for all that is known now.
    if (index !== -1) this.#hasCome = false;
    this.#forget(index + 1);
    return isMissing ? this.#tell("missing") : undefined;
  }

  /** No answer has come to `command`; its echo, and its answer, may come yet. */
  unanswered(command: Buffer): EchoFinding | undefined {
    if (this.#hasCome && !this.#hasHeardOther) return this.#tell("alone");
    return this.#isExpected(command) ? this.#tell("missing") : undefined;
  }

  #tell(finding: EchoFinding): EchoFinding | undefined {
    if (this.#told[finding]) return undefined;
    this.#told[finding] = true;
    return finding;
  }

  #isExpected(command: Buffer): boolean {
    return this.#options.mode === "always" && this.#written.some(({ write }) => write === command);
  }

  #indexOf(line: Buffer): number {
    // Most lines are the MCU's, and their first byte shows it.
    const isOurs = ({ text }: WrittenLine) => text[0] === line[0] && text.equals(line);
    const whole = this.#written.findIndex(isOurs);
    return whole === -1 ? this.#written.findIndex(({ text }) => this.#isGlued(line, text)) : whole;
  }

  /** A whole line of ours behind a prompt that the configuration does not name. */
  #takePrompted(line: Buffer): boolean {
    const index = this.#written.findIndex(({ text }) => isBehindPrompt(line, text));
    if (index === -1) return false;
    this.#forget(index + 1);
    this.#hasCome = true;
    this.#came = "prompted";
    return true;
  }

  /** A line of ours that comes in pieces, one line each: a console wraps what it repeats. */
  #takeTorn(piece: Buffer): boolean {
    const begun = this.#torn;
    const isNext = ({ text }: WrittenLine, from: number) =>
      text[from] === piece[0] && startsWith(text.subarray(from), piece);
    if (begun !== undefined && this.#written.includes(begun.line) && isNext(begun.line, begun.length)) {
      this.#tornUpTo(begun.line, begun.length + piece.length);
      return true;
    }
    const line = piece.length < tornMin ? undefined : this.#written.find((written) => isNext(written, 0));
    if (line === undefined) return false;
    this.#tornUpTo(line, piece.length);
    return true;
  }

  #tornUpTo(line: WrittenLine, length: number): void {
    const isWhole = length >= line.text.length;
    this.#torn = isWhole ? undefined : { line, length };
    if (isWhole) this.#forget(this.#written.indexOf(line) + 1);
    this.#hasCome = true;
    this.#came = "torn";
  }

  /** Where an echo must come, what begins with it is nothing else. */
  #isGlued(line: Buffer, text: Buffer): boolean {
    if (line.length <= text.length || line[0] !== text[0]) return false;
    return (line[text.length] === CR || this.#options.mode === "always") && startsWith(line, text);
  }

  /** Whether at least this share of the line, at its two ends, is that of one that was written. */
  #resembles(line: Buffer, share: number): boolean {
    return this.#written.slice(-comparedMax).some(({ text }) => commonEnds(line, text) >= line.length * share);
  }

  #forget(count: number): void {
    for (let left = count; left > 0; left--) this.#byteCount -= this.#written.shift()?.text.length ?? 0;
  }
}

/** Where a line shows by itself whose it is, one of ours is an echo in any case. */
function effective({ mode, ...options }: EchoOptions): EchoOptions {
  return { ...options, mode: mode === "never" && options.tellsDirections ? "maybe" : mode };
}

const nothing = Buffer.alloc(0);

/** Behind a colon it may be an answer: `speed:40`. */
function isBehindPrompt(line: Buffer, text: Buffer): boolean {
  const front = line.length - text.length;
  if (front < 1 || text.length < pieceMin || line.at(-1) !== text.at(-1) || !text.equals(line.subarray(front))) {
    return false;
  }
  const last = line[front - 1] === space ? line[front - 2] : line[front - 1];
  return last !== colon && looksLikePrompt(line.subarray(0, front));
}

function startsWith(bytes: Buffer, head: Buffer): boolean {
  return bytes.length >= head.length && head.equals(bytes.subarray(0, head.length));
}

/** How many bytes of `line` are the first ones of `text`, or its last ones. */
function commonEnds(line: Buffer, text: Buffer): number {
  const length = Math.min(line.length, text.length);
  let front = 0;
  while (front < length && line[front] === text[front]) front += 1;
  let end = 0;
  while (end < length - front && line.at(-1 - end) === text.at(-1 - end)) end += 1;
  return front + end;
}
