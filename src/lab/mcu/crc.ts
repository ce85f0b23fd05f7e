const table = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/**
 * CRC-16/XMODEM: polynomial 0x1021, initial value 0, no reflection, no final xor.
 *
 * @param bytes one character for each byte (latin1)
 */
export function crc16(bytes: string): number {
  let crc = 0;
  for (let at = 0; at < bytes.length; at++) {
    crc = ((crc << 8) & 0xffff) ^ (table[(crc >> 8) ^ bytes.charCodeAt(at)] ?? 0);
  }
  return crc;
}

/** The line with its checksum behind it: `<7 ok` becomes `<7 ok*HHHH`, four upper-case hex digits. */
export function withChecksum(line: string): string {
  return `${line}*${crc16(line).toString(16).toUpperCase().padStart(4, "0")}`;
}

/** What stands before a right checksum; undefined where there is none or a wrong one. */
export function withoutChecksum(line: string): string | undefined {
  const body = line.slice(0, -5);
  return line.length >= 5 && withChecksum(body) === line ? body : undefined;
}
