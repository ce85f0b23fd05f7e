// What stands around a board's lines and belongs to none: a judge with eyes of its own. Lines are strings with one
// character for each byte (latin1).

/** A line without what is no text at its ends, and that in words. */
export interface CleanedLine {
  readonly line: string;
  readonly dirt: readonly string[];
}

/** Enough to be recognised in a report. */
const shownMax = 40;

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const byteInFront = /^(?:\xef\xbb\xbf|[\0- \x7f\xfe\xff])/;
const byteBehind = /[\0-\x1f\x7f]$/;
const sequenceInFront = /^\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])/;
const sequenceBehind = /\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])$/;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: these are what is looked for.

/** @param line as it came, without its LF and the CR before it; a log line may have in it what it likes */
export function cleaned(line: string): CleanedLine {
  const front = frontOf(line);
  const rest = line.slice(front.length);
  const end = endOf(rest);
  const text = rest.slice(0, rest.length - end.length);
  const [, before] = /^(.{1,64}?)(?:[<!]b[0-9]+(?=[ *]|$)|=rrpc\/1)/.exec(text) ?? [];
  if (before !== undefined) return { line, dirt: [`${inWords(before)} in front of a reply, a refusal or a hello`] };
  if (!/^[<!=@]/.test(text)) return { line: text === "" ? "" : line, dirt: [] };
  const dirt = [front !== "" && `${inWords(front)} in front of a line`, end !== "" && `${inWords(end)} behind a line`];
  return { line: text, dirt: dirt.filter((words) => words !== false) };
}

/** Takes each piece that comes, once, and says whether lines end in CR and never in LF by all that has come so far. */
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

/** To the byte. */
function inWords(bytes: string): string {
  const shown = bytes.slice(0, shownMax).replace(/[^ -~]|\\/g, (byte) => {
    return `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `${bytes.length} ${bytes.length === 1 ? "byte" : "bytes"} ("${shown}${bytes.length > shownMax ? "…" : ""}")`;
}
