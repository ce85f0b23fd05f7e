const polynomial = 0x1021;

/**
 * What each high byte of the register adds. The checksum is linear: an entry is the sum of those for its single bits, so that a start
 * computes 8 and adds up the others, instead of a loop so long that V8 starts its optimising compiler for it.
 */
const table = new Uint16Array(256);
for (let bit = 1, crc = polynomial; bit < 256; bit <<= 1) {
  for (let below = 0; below < bit; below++) table[bit + below] = crc ^ (table[below] ?? 0);
  crc = (crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1) & 0xffff;
}

/** Where in `table` each low byte stands: every one is there once, because the polynomial has a constant term. */
const indexOfLowByte = new Uint8Array(256);
for (const [index, entry] of table.entries()) indexOfLowByte[entry & 0xff] = index;

/** CRC-16/XMODEM of `bytes`: initial value 0, no reflection, no final xor (line protocol, "Checksum"). */
export function crc16(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ byte] ?? 0);
  return crc;
}

/** The checksum as it stands on the line: four upper-case hex digits. */
export function checksum(bytes: Uint8Array): string {
  return crc16(bytes).toString(16).toUpperCase().padStart(4, "0");
}

/**
 * Calls `onStart` with every index, from the last to the first, from which on the checksum of `bytes` is `crc`. In one
 * pass: the register is run backwards from its end, and is 0 wherever it can have begun.
 */
export function eachStartOfCrc16(bytes: Uint8Array, crc: number, onStart: (index: number) => void): void {
  let register = crc;
  for (let index = bytes.length - 1; index >= 0; index--) {
    const entry = indexOfLowByte[register & 0xff] ?? 0;
    register = ((entry ^ (bytes[index] ?? 0)) << 8) | ((register ^ (table[entry] ?? 0)) >> 8);
    if (register === 0) onStart(index);
  }
}
