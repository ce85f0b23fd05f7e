// A board's lines, read strictly: a board is checked with this. What is wrong with a line is said to the byte. Lines are
// strings with one character for each byte (latin1).
import { unescapeBytes } from "../../mcu/codec.ts";
import { type ChecksumFault, splitChecksum } from "./checksum-fault.ts";
import { type Hello, readHello } from "./hello.ts";

/** A board's answer to a command; both carry its id. Payload and text are unescaped. */
export type Answer =
  | { readonly kind: "reply"; readonly id: string; readonly payload: string }
  | { readonly kind: "refusal"; readonly id: string; readonly code: string; readonly text: string };

/** One line of a board; `checksumFault` where it should have a right checksum and has none. */
export type BoardLine = { readonly line: string; readonly checksumFault: ChecksumFault | undefined } & LineMeaning;

type LineMeaning =
  | Answer
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "damage_report" | "event" | "log" }
  /** It begins like a line of the protocol and is none; `problem` says why. */
  | { readonly kind: "malformed"; readonly problem: string };

const word = /^[0-9A-Za-z_-]{1,32}$/;

/** Reads one line, without its LF and the CR before it. `checked`: the board's hello says that all its lines have a checksum. */
export function readBoardLine(line: string, checked: boolean): BoardLine {
  const hasChecksum = line[0] === "=" ? helloHasChecksum(line) : checked;
  const { body, fault } = hasChecksum ? splitChecksum(line) : { body: line, fault: undefined };
  return { line, checksumFault: fault, ...meaningOf(body) };
}

/** A hello says itself whether it has one: another board at the same adapter may have none. */
function helloHasChecksum(line: string): boolean {
  return / crc=1(?=[ *]|$)/.test(line) || /\*[0-9A-Fa-f]{4}$/.test(line);
}

function meaningOf(body: string): LineMeaning {
  switch (body[0]) {
    case "<":
      return readReply(body);
    case "!":
      return /^!- crc(\*[0-9A-F]{4})?$/.test(body) ? { kind: "damage_report" } : readRefusal(body);
    case "@": {
      const { head, rest } = splitAtSpace(body.slice(1));
      const problem = wordProblem("NAME", head) ?? textProblem(rest);
      return problem === undefined ? { kind: "event" } : { kind: "malformed", problem };
    }
    case "=": {
      const read = readHello(body);
      return read.kind === "hello" ? read : { kind: "malformed", problem: read.problem };
    }
    default:
      return { kind: "log" };
  }
}

function readReply(body: string): LineMeaning {
  const { head: id, rest } = splitAtSpace(body.slice(1));
  const payload = unescapeBytes(rest);
  const problem = wordProblem("ID", id);
  if (problem === undefined && payload !== undefined) return { kind: "reply", id, payload };
  return { kind: "malformed", problem: problem ?? textProblem(rest) ?? "no reply" };
}

function readRefusal(body: string): LineMeaning {
  const { head: id, rest } = splitAtSpace(body.slice(1));
  const { head: code, rest: escaped } = splitAtSpace(rest);
  const text = unescapeBytes(escaped);
  const problem = wordProblem("ID", id) ?? wordProblem("CODE", code);
  if (problem === undefined && text !== undefined) return { kind: "refusal", id, code, text };
  return { kind: "malformed", problem: problem ?? textProblem(escaped) ?? "no refusal" };
}

/** Why a word of the line is none. */
function wordProblem(what: "ID" | "CODE" | "NAME", text: string): string | undefined {
  if (word.test(text)) return undefined;
  if (text === "") return `no ${what} behind its first byte${what === "CODE" ? " and ID" : ""}`;
  const bad = /[^0-9A-Za-z_-]/.exec(text);
  if (bad !== null) return `${byteName(bad[0])} in its ${what}, which may have 0-9 A-Z a-z _ -`;
  return `its ${what} has ${text.length} characters; 1 to 32 are right`;
}

/** Why a payload is not escaped rightly. */
function textProblem(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
  const raw = /[\x00-\x1f\x7f]/.exec(text);
  if (raw !== null) return `raw ${byteName(raw[0])} in its payload, where ${escapeOf(raw[0])} is right`;
  const escapes = /\\(?:x[0-9A-Fa-f]{2}|[\\nr])|(\\x[^\\]{0,2}|\\[^\\]?)/g;
  const bad = [...text.matchAll(escapes)].find(([, one]) => one !== undefined)?.[0];
  return bad === undefined ? undefined : `${bad} in its payload is no escape`;
}

function byteName(byte: string): string {
  const code = `0x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  return /[!-~]/.test(byte) ? `"${byte}"` : `byte ${code}`;
}

function escapeOf(byte: string): string {
  if (byte === "\n") return "\\n";
  if (byte === "\r") return "\\r";
  return `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}

function splitAtSpace(text: string): { readonly head: string; readonly rest: string } {
  const at = text.indexOf(" ");
  return at < 0 ? { head: text, rest: "" } : { head: text.slice(0, at), rest: text.slice(at + 1) };
}
