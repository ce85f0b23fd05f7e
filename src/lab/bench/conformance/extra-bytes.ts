// Bytes in front of and behind a board's lines that belong to no line: prompts, colours, NULs. The bench has its own code
// for this, because it checks what the gateway makes of them. Lines are strings with one character for each byte (latin1).

/** A line without the extra bytes at its ends; `extraBytes` describes them. */
export interface StrippedLine {
  readonly line: string;
  readonly extraBytes: readonly string[];
}

/** Enough to recognise them in a report. */
const shownMax = 40;

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const byteInFront = /^(?:\xef\xbb\xbf|[\0- \x7f\xfe\xff])/;
const byteBehind = /[\0-\x1f\x7f]$/;
const sequenceInFront = /^\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])/;
const sequenceBehind = /\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])$/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: these are what is looked for.

/** @param line as received, without its LF and the CR before it; a log line may contain anything */
export function stripExtraBytes(line: string): StrippedLine {
  const front = frontOf(line);
  const rest = line.slice(front.length);
  const end = endOf(rest);
  const text = rest.slice(0, rest.length - end.length);
  const [, before] = /^(.{1,64}?)(?:[<!]b[0-9]+(?=[ *]|$)|=rrpc\/1)/.exec(text) ?? [];
  if (before !== undefined) return { line, extraBytes: [`${inWords(before)} before a reply, a refusal or a hello`] };
  if (!/^[<!=@]/.test(text)) return { line: text === "" ? "" : line, extraBytes: [] };
  const extraBytes = [front !== "" && `${inWords(front)} before a line`, end !== "" && `${inWords(end)} after a line`];
  return { line: text, extraBytes: extraBytes.filter((words) => words !== false) };
}

/** Takes each received piece once, and says whether all lines so far end in CR and none in LF. */
export function createCrWatch(): (piece: string) => boolean {
  let hasLf = false;
  let crCount = 0;
  let last = "";
  return (piece) => {
    hasLf ||= piece.includes("\n");
    if (hasLf) return false;
    const text = last + piece;
    crCount += text.match(/[ -~]{2}\r/g)?.length ?? 0;
    last = text.slice(-2);
    return crCount >= 2;
  };
}

function frontOf(line: string): string {
  for (let end = 0; ; ) {
    const rest = line.slice(end, end + shownMax);
    const [found] = sequenceInFront.exec(rest) ?? byteInFront.exec(rest) ?? [];
    if (found === undefined) return line.slice(0, end);
    end += found.length;
  }
}

function endOf(text: string): string {
  for (let start = text.length; ; ) {
    const before = text.slice(Math.max(0, start - shownMax), start);
    const [found] = sequenceBehind.exec(before) ?? byteBehind.exec(before) ?? [];
    if (found === undefined) return text.slice(start);
    start -= found.length;
  }
}

/** Byte by byte. */
function inWords(bytes: string): string {
  const shown = bytes.slice(0, shownMax).replace(/[^ -~]|\\/g, (byte) => {
    return `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"} ("${shown}${bytes.length > shownMax ? "…" : ""}")`;
}
