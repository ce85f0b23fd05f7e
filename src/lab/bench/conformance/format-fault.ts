// Whether what a board sends is text at all, and if not, what may be wrong with the line's format. Bytes are strings with one
// character for each (latin1).

/** Fewer may be what a boot loader or a plug gives. */
const noiseBytesMin = 8;

/** Why no line is found in what came, in words; undefined where lines are found, or nothing came. */
export function formatFault(bytes: string): string | undefined {
  if (isOfTheProtocol(bytes)) return undefined;
  const masked = withoutEighthBit(bytes);
  if (isOfTheProtocol(masked)) {
    const shown = JSON.stringify(/=rrpc\/1[ -~]{0,40}|[<!]b[0-9]+[ -~]{0,40}/.exec(masked)?.[0] ?? "");
    return `the eighth bit of its bytes is ${eighthBit(bytes)}; without it they say ${shown}`;
  }
  if (bytes.length < noiseBytesMin || /[ -~]{4}/.test(bytes)) return undefined;
  const shown = [...bytes.slice(0, 8)].map((one) => one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0"));
  return `${bytes.length} bytes came, and none of them are text (${shown.join(" ")} …): is --baud right?`;
}

function isOfTheProtocol(bytes: string): boolean {
  return /=rrpc\/|(?:^|[\r\n])[<!]b[0-9]+(?=[ *\r\n])/.test(bytes);
}

function withoutEighthBit(bytes: string): string {
  return bytes.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) & 0x7f));
}

function eighthBit(bytes: string): string {
  const bytesWith = (isWrong: (byte: number) => boolean) => Buffer.from(bytes, "latin1").filter(isWrong).length;
  // A few bytes may be noise.
  const few = bytes.length / 20;
  if (bytesWith((byte) => byte < 0x80) <= few)
    return "always set: seven data bits and mark parity, or two stop bits; is --format right?";
  if (bytesWith((byte) => onesIn(byte) % 2 === 1) <= few)
    return "even parity: --format 7E1 (serial.dataBits: 7, serial.parity: even)";
  if (bytesWith((byte) => onesIn(byte) % 2 === 0) <= few)
    return "odd parity: --format 7O1 (serial.dataBits: 7, serial.parity: odd)";
  return "set in some of them: is --format right?";
}

function onesIn(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
