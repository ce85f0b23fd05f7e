import { terminalSequenceLength } from "./terminal-sequence.ts";

/**
 * Where a line begins and ends. What boards put around their lines is taken off here and nowhere else, and only what
 * cannot be part of a line: control bytes and terminal sequences at either end; in front also spaces, bytes that no
 * text has (0xFF, 0xFE), a byte order mark and the prompt that the configuration names. Spaces at the end are payload.
 */

/** What is taken off, by its name in counts and metrics. */
export const skipNames = [
  /** Control bytes (0x00–0x1F, 0x7F): NUL, CR, XON, XOFF, BEL. One CR before LF is a usual line end and not counted. */
  "control_bytes",
  /** Colours, cursor movements and the like: they begin with ESC. */
  "terminal_sequences",
  /** 0xFF and 0xFE, which a line gives that is switched on or off, and UTF-8's byte order mark. */
  "no_text",
  /** Spaces in front. */
  "spaces",
  /** `serial.prompt`. */
  "prompt",
  /** Anything else in front of a line that was found by its checksum. */
  "text",
] as const;

export type SkipName = (typeof skipNames)[number];

/** So many bytes of one kind, taken off one end of a line. */
export interface Skip {
  readonly name: SkipName;
  readonly where: "front" | "end";
  readonly byteCount: number;
}

/** What ends the MCU's lines: LF, before which one CR is usual, or CR, behind which one LF is. */
export type LineEnd = "lf" | "cr";

/** A line as it was meant. */
export interface FramedLine {
  /** A view of what came; empty where nothing but skipped bytes came. */
  readonly bytes: Buffer;
  /** Where they begin in what came. */
  readonly start: number;
  readonly skips: readonly Skip[];
}

export interface FramingOptions {
  /** Printable ASCII that the firmware's console puts in front of its lines. */
  readonly prompt: string | undefined;
  readonly lineEnd: LineEnd;
  /** Whether a line may begin with a space: not one of the line protocol. */
  readonly keepsSpaces: boolean;
}

/** Frames one line, without its line end. Takes time in proportion to its length. */
export type Framing = (bytes: Buffer) => FramedLine;

const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;
const space = 0x20;

const none: readonly Skip[] = [];

/** Whether no line of the protocol can have the byte in it as it is. */
function isControl(byte: number): boolean {
  return byte < space || byte === 0x7f;
}

export function createFraming({ prompt = "", lineEnd, keepsSpaces }: FramingOptions): Framing {
  const promptBytes = Buffer.from(prompt, "latin1");

  return (bytes) => {
    const front = frontOf(bytes);
    const end = endOf(bytes, front.length);
    const line = front.length === 0 && end === bytes.length ? bytes : bytes.subarray(front.length, end);
    const endSkips = isUsualEnd(bytes, end) ? none : endSkipsOf(bytes, end);
    const skips = front.skips.length === 0 ? endSkips : [...front.skips, ...endSkips];
    return { bytes: line, start: front.length, skips };
  };

  function frontOf(bytes: Buffer): { readonly length: number; readonly skips: readonly Skip[] } {
    // Behind a line end of CR an LF belongs to it.
    const start = lineEnd === "cr" && bytes[0] === LF ? 1 : 0;
    // Nearly every line: a request's CPU does not pay for what boards do that do otherwise.
    if (skippableAt(bytes, start).name === undefined) return start === 0 ? cleanFront : { length: start, skips: none };
    let at = start;
    let spaceCount = 0;
    const counts = new Map<SkipName, number>();
    for (;;) {
      const { name, length } = skippableAt(bytes, at);
      if (name === undefined) break;
      spaceCount = name === "spaces" ? spaceCount + 1 : 0;
      counts.set(name, (counts.get(name) ?? 0) + length);
      at += length;
    }
    if (keepsSpaces && spaceCount > 0) {
      at -= spaceCount;
      counts.set("spaces", (counts.get("spaces") ?? 0) - spaceCount);
    }
    // A line end that came alone.
    const isBare = lineEnd === "lf" && bytes.length === 1 && bytes[0] === CR;
    return { length: at, skips: isBare ? none : skipsOf(counts, "front") };
  }

  function skippableAt(
    bytes: Buffer,
    at: number,
  ): { readonly name: SkipName; readonly length: number } | { readonly name: undefined; readonly length: 0 } {
    if (startsWithPrompt(bytes, at)) return { name: "prompt", length: promptBytes.length };
    const byte = bytes[at];
    if (byte === undefined) return nothing;
    if (byte === ESC) {
      const length = terminalSequenceLength(bytes, at);
      if (length > 1) return { name: "terminal_sequences", length };
    }
    if (isControl(byte)) return oneControlByte;
    if (byte === space) return oneSpace;
    if (byte === 0xff || byte === 0xfe) return { name: "no_text", length: 1 };
    if (byte === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf) return { name: "no_text", length: 3 };
    return nothing;
  }

  function startsWithPrompt(bytes: Buffer, at: number): boolean {
    if (promptBytes.length === 0 || bytes[at] !== promptBytes[0]) return false;
    return bytes.length - at >= promptBytes.length && promptBytes.equals(bytes.subarray(at, at + promptBytes.length));
  }

  /** Whether behind the line stands what the line end is made of, and no more. */
  function isUsualEnd(bytes: Buffer, end: number): boolean {
    return end === bytes.length || (lineEnd === "lf" && end === bytes.length - 1 && bytes[end] === CR);
  }

  function endSkipsOf(bytes: Buffer, end: number): readonly Skip[] {
    const counts = new Map<SkipName, number>();
    const usualFrom = lineEnd === "lf" && bytes.at(-1) === CR ? bytes.length - 1 : bytes.length;
    for (let at = end; at < usualFrom; ) {
      const length = terminalSequenceLength(bytes, at);
      // A space behind a control byte is behind the line.
      const name = length > 1 ? "terminal_sequences" : bytes[at] === space ? "spaces" : "control_bytes";
      counts.set(name, (counts.get(name) ?? 0) + Math.max(length, 1));
      at += Math.max(length, 1);
    }
    return skipsOf(counts, "end");
  }
}

const cleanFront = { length: 0, skips: none } as const;
const nothing = { name: undefined, length: 0 } as const;
const oneControlByte = { name: "control_bytes", length: 1 } as const;
const oneSpace = { name: "spaces", length: 1 } as const;

/** The end of the last text behind `start`; spaces behind a control byte belong to it, and not to the line. */
function endOf(bytes: Buffer, start: number): number {
  return bytes.indexOf(ESC, start) === -1 ? endWithoutSequences(bytes, start) : endBeforeSequences(bytes, start);
}

function endWithoutSequences(bytes: Buffer, start: number): number {
  let end = bytes.length;
  // Where the last byte is text, as it is in nearly every line, its spaces are not looked at.
  for (let at = end; at > start; at--) {
    const byte = bytes[at - 1] ?? 0;
    if (isControl(byte)) end = at - 1;
    else if (byte !== space) break;
  }
  return end;
}

function endBeforeSequences(bytes: Buffer, start: number): number {
  let end = start;
  let isBehind = false;
  for (let at = start; at < bytes.length; ) {
    const length = terminalSequenceLength(bytes, at);
    const byte = bytes[at] ?? 0;
    if (length > 0 || isControl(byte)) isBehind = true;
    else if (byte !== space) isBehind = false;
    at += Math.max(length, 1);
    if (!isBehind) end = at;
  }
  return end;
}

function skipsOf(counts: ReadonlyMap<SkipName, number>, where: Skip["where"]): readonly Skip[] {
  return [...counts].filter(([, byteCount]) => byteCount > 0).map(([name, byteCount]) => ({ name, where, byteCount }));
}
