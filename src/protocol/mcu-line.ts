import { checksum, eachStartOfCrc16 } from "./crc16.ts";
import { unescapePayload } from "./escape.ts";
import { type Hello, parseHello } from "./hello.ts";
import { isId } from "./id.ts";

/**
 * One line from the MCU, understood. `bytes` is the line as it came, without its line end; the id is undefined where
 * the firmware answers in order, without ids.
 */
export type McuLine =
  | { readonly kind: "reply"; readonly id: string | undefined; readonly payload: Buffer }
  | { readonly kind: "refusal"; readonly id: string | undefined; readonly code: string; readonly text: Buffer }
  /** A line of an answer that goes on: a reply or a refusal is its last. */
  | { readonly kind: "data"; readonly id: string | undefined; readonly payload: Buffer }
  /** `isChecked`: with a right checksum, also where they are off. */
  | { readonly kind: "damage_report"; readonly isChecked: boolean }
  | { readonly kind: "hello"; readonly hello: Hello }
  | { readonly kind: "unsupported_version"; readonly version: string }
  | { readonly kind: "event"; readonly name: string; readonly payload: Buffer }
  /** Log output for certain: its checksum is right, or a pattern of the configuration says so. */
  | { readonly kind: "log"; readonly bytes: Buffer }
  /** None of the dialect's, and nothing proves that it is whole: log output most likely, or what is left of an answer. */
  | { readonly kind: "unmatched"; readonly bytes: Buffer }
  /** `checksum`: what stands at its end and what would be right; undefined where nothing like one stands there. */
  | { readonly kind: "damaged"; readonly bytes: Buffer; readonly checksum: WrongChecksum | undefined }
  | { readonly kind: "malformed"; readonly bytes: Buffer };

export interface WrongChecksum {
  /** Such as `*5b01`. */
  readonly came: string;
  readonly right: string;
}

/** Whether a payload of the MCU's is in the line. */
export function hasPayload({ kind }: McuLine): boolean {
  return kind === "reply" || kind === "refusal" || kind === "data" || kind === "event";
}

const checksumLength = "*HHHH".length;

/**
 * Reads one line, framed.
 * @param crc whether the MCU's last hello said `crc=1`: then a line without a right checksum is damaged, whatever
 *   it seems to say (line protocol, "Checksum"); but for a plain, whole hello: another MCU may have none.
 */
export function readMcuLine(bytes: Buffer, crc: boolean): McuLine {
  if (crc) {
    const body = withoutChecksum(bytes);
    if (body !== undefined) return checked(readBody(body));
    const plain = looksPlain(bytes) ? readBody(bytes) : undefined;
    return plain?.kind === "hello" || plain?.kind === "unsupported_version"
      ? plain
      : { kind: "damaged", bytes, checksum: wrongChecksum(bytes) };
  }
  if (saysCrc(bytes)) return readMcuLine(bytes, true);
  const line = readBody(bytes);
  if (line.kind === "damage_report" && withoutChecksum(bytes) !== undefined) return checked(line);
  if (line.kind === "log") return { kind: "unmatched", bytes };
  return hasPayload(line) && rawByteIn(bytes) !== undefined ? { kind: "malformed", bytes } : line;
}

/**
 * What stands in a line as it is though it ends lines (CR, LF) or begins what a terminal does not show (ESC): two lines
 * may be glued by it, or words put into a payload that are none. Only a checksum shows that the MCU meant it so.
 */
export function rawByteIn(bytes: Buffer): "CR" | "LF" | "ESC" | undefined {
  if (bytes.includes(0x0d)) return "CR";
  if (bytes.includes(0x0a)) return "LF";
  return bytes.includes(0x1b) ? "ESC" : undefined;
}

function checked(line: McuLine): McuLine {
  return line.kind === "damage_report" ? { ...line, isChecked: true } : line;
}

/** The processID that an overlong reply's first bytes name, so that its caller can be told. */
export function replyIdOfHead(head: Buffer): string | undefined {
  const [, id = ""] = /^<([^ ]{1,32}) /.exec(head.toString("latin1")) ?? [];
  return isId(id) ? id : undefined;
}

/** A hello that switches checksums on carries one itself. */
function saysCrc(bytes: Buffer): boolean {
  return bytes[0] === 0x3d && / crc=1(?=[ *]|$)/.test(bytes.toString("latin1"));
}

/** A hello that neither has a checksum, be it a wrong one, nor says that it should. */
function looksPlain(bytes: Buffer): boolean {
  return bytes[0] === 0x3d && !saysCrc(bytes) && !/\*[0-9A-Fa-f]{4}$/.test(bytes.toString("latin1"));
}

/** Part of the bytes of a line. */
export interface LinePart {
  readonly start: number;
  readonly end: number;
}

/**
 * The line inside `bytes`, which as a whole are none: from the sigil on from which the checksum at the end is right, be
 * it behind text, and up to it, be it in front of spaces. Where checksums are off only a hello that switches them on is
 * looked for. Undefined where there is none, and where there are several: then chance or somebody's intent made one.
 */
export function checkedLineIn(bytes: Buffer, crc: boolean): LinePart | undefined {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0x20) end -= 1;
  const bodyEnd = end - checksumLength;
  const [, digits] = /^\*([0-9A-F]{4})$/.exec(bytes.toString("latin1", Math.max(bodyEnd, 0), end)) ?? [];
  if (digits === undefined) return undefined;
  const starts: number[] = [];
  eachStartOfCrc16(bytes.subarray(0, bodyEnd), Number.parseInt(digits, 16), (start) => {
    if (isSigil(bytes[start]) && starts.length < 2) starts.push(start);
  });
  const [start, another] = starts;
  if (start === undefined || another !== undefined) return undefined;
  const { kind } = readBody(bytes.subarray(start, bodyEnd));
  if (crc ? kind === "malformed" : !saysCrc(bytes.subarray(start, end))) return undefined;
  return { start, end };
}

/** Whether a line of the MCU that is not its log begins so. */
export function isSigil(byte: number | undefined): boolean {
  return byte === 0x3c || byte === 0x21 || byte === 0x3d || byte === 0x40;
}

function wrongChecksum(bytes: Buffer): WrongChecksum | undefined {
  const bodyEnd = bytes.length - checksumLength;
  if (bodyEnd < 0) return undefined;
  const came = bytes.toString("latin1", bodyEnd);
  // The line inside may be right but for that.
  const upper = came.toUpperCase();
  if (upper !== came && checkedLineIn(Buffer.concat([bytes.subarray(0, bodyEnd), Buffer.from(upper)]), true)) {
    return { came, right: upper };
  }
  return /^\*[0-9A-Fa-f]{4}$/.test(came) ? { came, right: `*${checksum(bytes.subarray(0, bodyEnd))}` } : undefined;
}

function withoutChecksum(bytes: Buffer): Buffer | undefined {
  const end = bytes.length - checksumLength;
  if (end < 0 || bytes[end] !== 0x2a) return undefined;
  const body = bytes.subarray(0, end);
  return bytes.toString("latin1", end + 1) === checksum(body) ? body : undefined;
}

function readBody(bytes: Buffer): McuLine {
  switch (String.fromCharCode(bytes[0] ?? 0)) {
    case "<":
      return readReply(bytes);
    case "!":
      return readRefusal(bytes);
    case "=": {
      const result = parseHello(bytes.toString("latin1", 1));
      return result.kind === "malformed" ? { kind: "malformed", bytes } : result;
    }
    case "@":
      return readEvent(bytes);
    default:
      return { kind: "log", bytes };
  }
}

function readReply(bytes: Buffer): McuLine {
  const { word: id, rest } = splitAtSpace(bytes.subarray(1));
  const payload = unescapePayload(rest);
  return isId(id) && payload !== undefined ? { kind: "reply", id, payload } : { kind: "malformed", bytes };
}

function readEvent(bytes: Buffer): McuLine {
  const { word: name, rest } = splitAtSpace(bytes.subarray(1));
  const payload = unescapePayload(rest);
  return isId(name) && payload !== undefined ? { kind: "event", name, payload } : { kind: "malformed", bytes };
}

function readRefusal(bytes: Buffer): McuLine {
  const { word: id, rest } = splitAtSpace(bytes.subarray(1));
  const { word: code, rest: escaped } = splitAtSpace(rest);
  // An MCU whose hello was lost reports with a checksum, and is understood all the same.
  if (id === "-" && /^crc(\*[0-9A-F]{4})?$/.test(code)) return { kind: "damage_report", isChecked: false };
  const text = unescapePayload(escaped);
  return isId(id) && isId(code) && text !== undefined
    ? { kind: "refusal", id, code, text }
    : { kind: "malformed", bytes };
}

function splitAtSpace(bytes: Buffer): { word: string; rest: Buffer } {
  const at = bytes.indexOf(0x20);
  if (at < 0) return { word: bytes.toString("latin1"), rest: bytes.subarray(bytes.length) };
  return { word: bytes.toString("latin1", 0, at), rest: bytes.subarray(at + 1) };
}
