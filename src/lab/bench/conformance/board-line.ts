// A board's lines, read strictly: a board is checked with this. Lines are strings with one character for each byte
// (latin1).
import { unescapeBytes } from "../../mcu/codec.ts";
import { withoutChecksum } from "../../mcu/crc.ts";

/** A board's answer to a command; both carry its id. Payload and text are unescaped. */
export type Answer =
  | { readonly kind: "reply"; readonly id: string; readonly payload: string }
  | { readonly kind: "refusal"; readonly id: string; readonly code: string; readonly text: string };

/** What a board says of itself; what its hello leaves out has the protocol's default. */
export interface Hello {
  readonly window: number;
  /** Undefined where it does not say. */
  readonly lineBytesMax: number | undefined;
  readonly crc: boolean;
  readonly dedup: number;
  readonly cancel: boolean;
  readonly boot: string | undefined;
  readonly fw: string | undefined;
  /** What in it breaks the protocol, in words. */
  readonly problems: readonly string[];
}

/** One line of a board. */
export type BoardLine = { readonly line: string } & (
  | Answer
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "damage_report" | "event" | "log" }
  /** It begins like a line of the protocol and is none, or it contains a control byte. */
  | { readonly kind: "malformed" }
  /** No valid checksum, although the board's hello says that all its lines have one. */
  | { readonly kind: "damaged" }
);

const word = /^[0-9A-Za-z_-]{1,32}$/;

/** Reads one line, without its LF and the CR before it. */
export function readBoardLine(line: string, checked: boolean): BoardLine {
  const body = checked ? withoutChecksum(line) : line;
  if (body === undefined) return { kind: "damaged", line };
  const { head, rest } = splitAtSpace(body.slice(1));
  const text = unescapeBytes(rest);
  const malformed: BoardLine = { kind: "malformed", line };
  switch (body[0]) {
    case "<":
      return word.test(head) && text !== undefined ? { kind: "reply", id: head, payload: text, line } : malformed;
    case "!":
      if (/^!- crc(\*[0-9A-F]{4})?$/.test(body)) return { kind: "damage_report", line };
      return readRefusal(head, rest, line);
    case "@":
      return word.test(head) && text !== undefined ? { kind: "event", line } : malformed;
    case "=": {
      // The first hello of a board with checksums comes before anybody knows of them.
      const hello = readHello((checked ? undefined : withoutChecksum(body)) ?? body);
      return hello === undefined ? malformed : { kind: "hello", hello, line };
    }
    default:
      return { kind: "log", line };
  }
}

function readRefusal(id: string, rest: string, line: string): BoardLine {
  const { head: code, rest: escaped } = splitAtSpace(rest);
  const text = unescapeBytes(escaped);
  const isRight = word.test(id) && word.test(code) && text !== undefined;
  return isRight ? { kind: "refusal", id, code, text, line } : { kind: "malformed", line };
}

/** Undefined if it is no hello of version 1. */
function readHello(body: string): Hello | undefined {
  const [version, ...pairs] = body.split(" ");
  if (version !== "=rrpc/1") return undefined;
  const problems: string[] = [];
  const values = new Map<string, string>();
  for (const pair of pairs) {
    const [, key, value] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
    if (key === undefined || value === undefined) problems.push(`"${pair}" is not KEY=VALUE`);
    else if (values.has(key)) problems.push(`${key} is given twice`);
    else values.set(key, value);
  }
  const number = (key: string, min: number, max: number): number | undefined => {
    const text = values.get(key);
    const value = text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
    if (text === undefined || (value !== undefined && value >= min && value <= max)) return value;
    problems.push(`${key}=${text}, expected ${min} to ${max}`);
    return undefined;
  };
  return {
    window: number("window", 1, 256) ?? 1,
    // 39 bytes: a command with the longest id and a checksum, without a payload.
    lineBytesMax: number("line", 39, 65_536),
    crc: number("crc", 0, 1) === 1,
    dedup: number("dedup", 0, 65_535) ?? 0,
    cancel: number("cancel", 0, 1) === 1,
    boot: values.get("boot"),
    fw: values.get("fw"),
    problems,
  };
}

function splitAtSpace(text: string): { readonly head: string; readonly rest: string } {
  const at = text.indexOf(" ");
  return at < 0 ? { head: text, rest: "" } : { head: text.slice(0, at), rest: text.slice(at + 1) };
}
