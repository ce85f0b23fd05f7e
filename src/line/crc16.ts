const polynomial = 0x1021;

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ polynomial : crc << 1;
  return crc & 0xffff;
});

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
