// What is wrong with a line's checksum, to the byte, and what firmware most likely computes instead. Lines are strings with one
// character for each byte (latin1).
import { unescapeBytes } from "../../mcu/codec.ts";
import { crc16, withChecksum, withoutChecksum } from "../../mcu/crc.ts";

/** Another way to compute a line's checksum than the protocol's. */
export interface WrongChecksum {
  /** What is wrong with it, in words. */
  readonly words: string;
  /** The digits behind the `*`. */
  readonly digits: (body: string) => string;
}

/** A line whose checksum is not right. */
export interface ChecksumFault {
  /** What came, what is right, and why, in words. */
  readonly words: string;
  /** Undefined where nothing that is known computes what came. */
  readonly computed: WrongChecksum | undefined;
}

const hex = (value: number, digits = 4) => value.toString(16).toUpperCase().padStart(digits, "0");
const reverse = (value: number, bits: number) =>
  Array.from({ length: bits }, (_, bit) => ((value >> bit) & 1) << (bits - 1 - bit)).reduce((sum, one) => sum | one, 0);

/** Any CRC of 16 bits. */
function crcOf(polynomial: number, initial: number, isReflected: boolean, xor: number): (bytes: string) => number {
  return (bytes) => {
    let crc = initial;
    for (const byte of Buffer.from(bytes, "latin1")) {
      crc ^= (isReflected ? reverse(byte, 8) : byte) << 8;
      for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ polynomial) & 0xffff : (crc << 1) & 0xffff;
    }
    return (isReflected ? reverse(crc, 16) : crc) ^ xor;
  };
}

const sumOf = (bytes: string) => Buffer.from(bytes, "latin1").reduce((sum, byte) => sum + byte, 0) & 0xffff;
const xorOf = (bytes: string) => Buffer.from(bytes, "latin1").reduce((sum, byte) => sum ^ byte, 0);
const behindSpace = (body: string) => body.slice(body.indexOf(" ") + 1);

const computations: readonly (readonly [words: string, compute: (body: string) => string])[] = [
  ["it leaves out the first byte of the line", (body) => hex(crc16(body.slice(1)))],
  ["it includes the *", (body) => hex(crc16(`${body}*`))],
  ["it includes the LF", (body) => hex(crc16(`${body}\n`))],
  ["it includes a CR", (body) => hex(crc16(`${body}\r`))],
  ["it includes CR and LF", (body) => hex(crc16(`${body}\r\n`))],
  ["it includes a NUL", (body) => hex(crc16(`${body}\0`))],
  ["it is of the payload alone", (body) => hex(crc16(behindSpace(body)))],
  ["it leaves out the last byte before the *", (body) => hex(crc16(body.slice(0, -1)))],
  ["it is of the bytes before they were escaped", (body) => hex(crc16(unescapeBytes(body) ?? body))],
  ["its bytes are swapped", (body) => hex(((crc16(body) & 0xff) << 8) | (crc16(body) >> 8))],
  ["its final xor is FFFF instead of 0", (body) => hex(crc16(body) ^ 0xffff)],
  ["its initial value is FFFF instead of 0", (body) => hex(crcOf(0x1021, 0xffff, false, 0)(body))],
  ["it is CRC-16/GENIBUS", (body) => hex(crcOf(0x1021, 0xffff, false, 0xffff)(body))],
  ["its initial value is 1D0F instead of 0", (body) => hex(crcOf(0x1021, 0x1d0f, false, 0)(body))],
  ["it is CRC-16/KERMIT, which is reflected", (body) => hex(crcOf(0x1021, 0, true, 0)(body))],
  ["it is CRC-16/X-25", (body) => hex(crcOf(0x1021, 0xffff, true, 0xffff)(body))],
  ["it is CRC-16/MODBUS", (body) => hex(crcOf(0x8005, 0xffff, true, 0)(body))],
  ["it is CRC-16/ARC", (body) => hex(crcOf(0x8005, 0, true, 0)(body))],
  ["it is the sum of the bytes", (body) => hex(sumOf(body))],
  ["it is the bytes' xor, two digits", (body) => hex(xorOf(body), 2)],
  ["leading zeros are missing", (body) => crc16(body).toString(16).toUpperCase()],
];

/** What `sprintf` with `%x` makes. */
export const lowerCaseChecksum: WrongChecksum = {
  words: "its digits are lower-case",
  digits: (body) => hex(crc16(body)).toLowerCase(),
};

/** What firmware computes instead, the likeliest first. */
const wrongChecksums: readonly WrongChecksum[] = [
  lowerCaseChecksum,
  ...computations.map(([words, digits]) => ({ words, digits })),
  ...computations.map(([words, digits]) => ({
    words: `${words}, and ${lowerCaseChecksum.words}`,
    digits: (body: string) => digits(body).toLowerCase(),
  })),
];

/** A line apart from its checksum. */
export interface SplitLine {
  readonly body: string;
  /** Undefined where the checksum is right. */
  readonly fault: ChecksumFault | undefined;
}

/** Takes the checksum off a line that should have one. What looks like one is taken off even if it is wrong. */
export function splitChecksum(line: string): SplitLine {
  const right = withoutChecksum(line);
  if (right !== undefined) return { body: right, fault: undefined };
  const [, body, came = ""] = /^(.*)\*([0-9A-Fa-f]{1,8})$/s.exec(line) ?? [];
  if (body === undefined) {
    const words = `no checksum (*HHHH) at its end; right is ${checksumOf(line)}`;
    return { body: line, fault: { words, computed: undefined } };
  }
  const computed = wrongChecksums.find(({ digits }) => digits(body) === came);
  const why = computed === undefined ? "" : `: ${computed.words}`;
  return { body, fault: { words: `ends in *${came}; right is ${checksumOf(body)}${why}`, computed } };
}

function checksumOf(body: string): string {
  return withChecksum(body).slice(body.length);
}
