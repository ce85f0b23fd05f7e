// Bytes in front of and behind a board's lines that belong to no line: prompts, colours, NULs. The bench has its own code
// for this, because it checks what the gateway makes of them. Lines are strings with one character for each byte (latin1).

/** A line without the extra bytes at its ends; `extraBytes` describes them. */
export interface StrippedLine {
  readonly line: string;
  readonly extraBytes: readonly string[];
  /** The text in front, behind which the gateway does not find a line unless it has a checksum; empty where there is none. */
  readonly text: string;
}

/** Enough to recognise them in a report. */
const shownMax = 40;

// biome-ignore-start lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const byteInFront = /^(?:\xef\xbb\xbf|[\0- \x7f\xfe\xff])/;
const byteBehind = /[\0-\x1f\x7f]$/;
const sequenceInFront = /^\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])/;
const sequenceBehind = /\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])$/;
const sequences = /\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|[()][0-~])/g;
// biome-ignore-end lint/suspicious/noControlCharactersInRegex: these are what is looked for.

/**
 * @param line as received, without its LF and the CR before it; a log line may contain anything
 * @param prompt what the gateway is configured to take off in front
 * @param known text that has stood in front of an earlier line
 */
export function stripExtraBytes(line: string, prompt = "", known = ""): StrippedLine {
  const front = frontOf(line, [prompt, known]);
  const rest = line.slice(front.length);
  const end = endOf(rest);
  const text = rest.slice(0, rest.length - end.length);
  const [, before] = /^(.{1,64}?)(?:[<!]b[0-9]+(?=[ *]|$)|=rrpc\/1)/s.exec(text) ?? [];
  if (before !== undefined) {
    const bytes = front + before;
    return { line: text.slice(before.length), text: bytes, extraBytes: [`${inWords(bytes)} ${frontHelp(bytes)}`] };
  }
  if (!/^[<!=@]/.test(text)) return { line: text === "" ? "" : line, text: "", extraBytes: [] };
  const isKnown = known !== "" && front.includes(known);
  const others = prompt === "" ? front : front.replaceAll(prompt, "");
  const words = [
    others !== "" && !isKnown && `${inWords(others)} before a line`,
    end !== "" && `${inWords(end)} after a line`,
  ];
  return { line: text, text: isKnown ? known : "", extraBytes: words.filter((one) => one !== false) };
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

function frontHelp(bytes: string): string {
  const prompt = /[ -~]*$/.exec(bytes.replace(sequences, ""))?.[0] ?? "";
  const isPrompt = /[>$#:%] ?$/.test(prompt);
  const help = isPrompt
    ? `serial.prompt: ${JSON.stringify(prompt)} takes it off`
    : "begin each line with an LF, or say crc=1";
  return `before a reply, a refusal or a hello, which the gateway does not find there: ${help}`;
}

function frontOf(line: string, texts: readonly string[]): string {
  for (let end = 0; ; ) {
    const text = texts.find((one) => one !== "" && line.startsWith(one, end));
    const found = text ?? ownFront(line.slice(end, end + shownMax));
    if (found === undefined) return line.slice(0, end);
    end += found.length;
  }
}

function ownFront(rest: string): string | undefined {
  return (sequenceInFront.exec(rest) ?? byteInFront.exec(rest))?.[0];
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
