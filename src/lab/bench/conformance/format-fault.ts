// Whether what a board sends is text at all, and if not, what may be wrong with the line's format. Bytes are strings with one
// character for each (latin1).

/** Fewer may be what a boot loader or a plug gives. */
const noiseBytesMin = 8;

/** The eighth bit of bytes that are lines without it. */
export interface EighthBit {
  /** What it is, in words. */
  readonly is: string;
  /** The line's format as it is written in short, such as 7E1, and the options that set it; undefined where it is not known. */
  readonly format: { readonly short: string; readonly options: string } | undefined;
  /** What they say without it, quoted. */
  readonly shown: string;
}

/** Undefined where lines are found with it, or none without it. */
export function findEighthBit(bytes: string): EighthBit | undefined {
  if (isOfTheProtocol(bytes)) return undefined;
  const masked = withoutEighthBit(bytes);
  if (!isOfTheProtocol(masked)) return undefined;
  const shown = JSON.stringify(/=rrpc\/1[ -~]{0,40}|[<!]b[0-9]+[ -~]{0,40}/.exec(masked)?.[0] ?? "");
  return { ...eighthBit(bytes), shown };
}

/** Why no line is found in what came, in words; undefined where lines are found, or nothing came. */
export function formatFault(bytes: string): string | undefined {
  if (isOfTheProtocol(bytes)) return undefined;
  const found = findEighthBit(bytes);
  if (found !== undefined) {
    const { is, format, shown } = found;
    const help = format === undefined ? "; is --format right?" : `: --format ${format.short} (${format.options})`;
    return `the eighth bit of its bytes is ${is}${help}; without it they say ${shown}`;
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

function eighthBit(bytes: string): Omit<EighthBit, "shown"> {
  const bytesWith = (isWrong: (byte: number) => boolean) => Buffer.from(bytes, "latin1").filter(isWrong).length;
  // A few bytes may be noise.
  const few = bytes.length / 20;
  if (bytesWith((byte) => byte < 0x80) <= few)
    return { is: "always set: seven data bits and mark parity, or two stop bits", format: undefined };
  const withParity = (parity: "even" | "odd", short: string) => ({
    is: `${parity} parity`,
    format: { short, options: `serial.dataBits: 7, serial.parity: ${parity}` },
  });
  if (bytesWith((byte) => onesIn(byte) % 2 === 1) <= few) return withParity("even", "7E1");
  if (bytesWith((byte) => onesIn(byte) % 2 === 0) <= few) return withParity("odd", "7O1");
  return { is: "set in some of them", format: undefined };
}

function onesIn(byte: number): number {
  return byte.toString(2).replaceAll("0", "").length;
}
