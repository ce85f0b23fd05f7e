// The MCU's half of the line protocol, version 1: what its firmware understands and sends. The gateway's half is tested
// against it, so it shares no code with it. A line here is a string with one character for each byte (latin1),
// without its LF.
import { crc16, withoutChecksum } from "./crc.ts";

/** A line from the gateway as the firmware understands it. `payload` is decoded, one character for each byte. */
export type GatewayLine =
  | { readonly kind: "command"; readonly id: string; readonly payload: string; readonly key: string }
  | { readonly kind: "probe" }
  | { readonly kind: "cancel"; readonly id: string }
  /** The first line of an opening, when there was no half line to spoil. */
  | { readonly kind: "spoiler" }
  /** The checksum is missing or wrong. */
  | { readonly kind: "damaged" }
  /** A complete line that is not one of the protocol. */
  | { readonly kind: "malformed" };

/** Its checksum is valid, so that an MCU with checksums does not report it as damaged. */
const spoiler = "\\!\\!*F46E";

const idOf = /^[0-9A-Za-z_-]{1,32}$/;

/**
 * Reads one line from the gateway.
 *
 * @param line without its LF (and a CR before it), not empty
 * @param checked whether every line must carry a checksum; a bare `?` never needs one
 */
export function readGatewayLine(line: string, checked: boolean): GatewayLine {
  if (line === "?") return { kind: "probe" };
  if (line === spoiler) return { kind: "spoiler" };
  const body = checked ? withoutChecksum(line) : line;
  if (body === undefined) return { kind: "damaged" };
  if (body === "?") return { kind: "probe" };
  if (body.startsWith("~")) {
    const id = body.slice(1);
    return idOf.test(id) ? { kind: "cancel", id } : { kind: "malformed" };
  }
  return body.startsWith(">") ? readCommand(body) : { kind: "malformed" };
}

function readCommand(body: string): GatewayLine {
  const space = body.indexOf(" ");
  const id = space < 0 ? body.slice(1) : body.slice(1, space);
  const payload = space < 0 ? "" : unescapeBytes(body.slice(space + 1));
  if (!idOf.test(id) || payload === undefined) return { kind: "malformed" };
  return { kind: "command", id, payload, key: `${id} ${crc16(body)}` };
}

/** The bytes as they are written on a line: backslash and control bytes escaped, all others unchanged. */
export function escapeBytes(bytes: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control bytes are what is escaped.
  return bytes.replace(/[\\\x00-\x1f\x7f]/g, (byte) => {
    if (byte === "\\") return "\\\\";
    if (byte === "\n") return "\\n";
    if (byte === "\r") return "\\r";
    return `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** The bytes that an escaped text stands for; undefined if it has a control byte or an unknown escape. */
export function unescapeBytes(text: string): string | undefined {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no control byte may be on a line.
  if (/[\x00-\x1f\x7f]/.test(text)) return undefined;
  let isValid = true;
  const bytes = text.replace(/\\(x[0-9A-Fa-f]{2}|[\s\S]|$)/g, (_, code: string) => {
    if (code === "\\") return "\\";
    if (code === "n") return "\n";
    if (code === "r") return "\r";
    if (code.length === 3) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    isValid = false;
    return "";
  });
  return isValid ? bytes : undefined;
}
