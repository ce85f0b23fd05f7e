/**
 * Payloads as they stand on the line: no control byte, so that a payload can never end its line and begin another
 * (line protocol, "Lines"). UTF-8 passes as it is.
 */

const backslash = 0x5c;
const hexDigits = "0123456789ABCDEF";

/** Whether `byte` stands in an escaped payload for itself. */
export function isPlainByte(byte: number): boolean {
  return byte >= 0x20 && byte !== 0x7f && byte !== backslash;
}

/**
 * Escapes every byte that may not stand in a line; the same buffer when there is none.
 * @param isPlain which bytes may, at most those that stand for themselves in the line protocol.
 */
export function escapePayload(payload: Buffer, isPlain = isPlainByte): Buffer {
  if (isAllPlain(payload, isPlain)) return payload;
  let text = "";
  for (const byte of payload) text += isPlain(byte) ? String.fromCharCode(byte) : escapeByte(byte);
  return Buffer.from(text, "latin1");
}

/** A loop, which is compiled as a whole: `every` calls a function for each byte. */
function isAllPlain(payload: Buffer, isPlain: (byte: number) => boolean): boolean {
  for (const byte of payload) if (!isPlain(byte)) return false;
  return true;
}

function escapeByte(byte: number): string {
  switch (byte) {
    case backslash:
      return "\\\\";
    case 0x0a:
      return "\\n";
    case 0x0d:
      return "\\r";
    default:
      return `\\x${hexDigits[byte >> 4]}${hexDigits[byte & 15]}`;
  }
}

/** The payload behind `escaped`; undefined where an escape is none of `\\`, `\n`, `\r`, `\xHH`. */
export function unescapePayload(escaped: Buffer): Buffer | undefined {
  if (!escaped.includes(backslash)) return escaped;
  const payload = Buffer.alloc(escaped.length);
  let length = 0;
  for (let at = 0; at < escaped.length; at++) {
    let byte = escaped[at] ?? 0;
    if (byte === backslash) {
      const found = readEscape(escaped, at + 1);
      if (found === undefined) return undefined;
      byte = found.byte;
      at += found.length;
    }
    payload[length++] = byte;
  }
  return payload.subarray(0, length);
}

function readEscape(escaped: Buffer, at: number): { byte: number; length: number } | undefined {
  switch (escaped[at]) {
    case backslash:
      return { byte: backslash, length: 1 };
    case 0x6e:
      return { byte: 0x0a, length: 1 };
    case 0x72:
      return { byte: 0x0d, length: 1 };
    case 0x78: {
      const digits = escaped.toString("latin1", at + 1, at + 3);
      return /^[0-9A-Fa-f]{2}$/.test(digits) ? { byte: Number.parseInt(digits, 16), length: 3 } : undefined;
    }
    default:
      return undefined;
  }
}
