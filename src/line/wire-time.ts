/** How bytes are put on the wire. */
export interface WireFormat {
  readonly baudRate: number;
  readonly dataBits: 5 | 6 | 7 | 8;
  readonly parity: "none" | "even" | "odd";
  readonly stopBits: 1 | 2;
}

/** Every character on a UART begins with one start bit. */
const startBits = 1;

/**
 * How long `byteCount` bytes occupy the line, in milliseconds (a fraction, not rounded): the least time a transfer can
 * take. 8N1 is 10 bits a character, so 115200 baud is 11.52 bytes a millisecond.
 */
export function wireTimeMs(byteCount: number, format: WireFormat): number {
  const parityBits = format.parity === "none" ? 0 : 1;
  const bitsPerCharacter = startBits + format.dataBits + parityBits + format.stopBits;
  return (byteCount * bitsPerCharacter * 1000) / format.baudRate;
}
