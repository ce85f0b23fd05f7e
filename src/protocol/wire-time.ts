/** How bytes are put on the wire. */
export interface WireFormat {
  readonly baudRate: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** Every character on a UART begins with one start bit. */
const startBits = 1;

/** Bits that one character takes on the wire: start bit, data, parity, stop. 10 for 8N1. */
export function bitsPerCharacter({ dataBits, parity, stopBits }: WireFormat): number {
  return startBits + dataBits + (parity === "none" ? 0 : 1) + stopBits;
}

/**
 * How long `byteCount` bytes occupy the line, in milliseconds (a fraction, not rounded): the least time a transfer can
 * take. 115200 baud of 8N1 are 11.52 bytes a millisecond.
 */
export function wireTimeMs(byteCount: number, format: WireFormat): number {
  return (byteCount * bitsPerCharacter(format) * 1000) / format.baudRate;
}
