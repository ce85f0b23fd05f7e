/**
 * The flash contents that an Intel HEX file describes, as 16-bit words.
 * @param flashBytes size of the flash; what the file leaves out is erased (0xFF)
 * @throws Error on a record with a wrong checksum, of an unknown type, or outside the flash
 */
export function readIntelHex(text: string, flashBytes: number): Uint16Array<ArrayBuffer> {
  const flash = new Uint8Array(flashBytes).fill(0xff);
  for (const line of text.split(/\r?\n/).filter((record) => record !== "")) {
    const record = Buffer.from(line.slice(1), "hex");
    const [length = 0, high = 0, low = 0, type = 0] = record;
    const data = record.subarray(4, 4 + length);
    const sum = record.reduce((total, byte) => (total + byte) & 0xff, 0);
    if (line[0] !== ":" || sum !== 0 || record.length !== length + 5) throw new Error(`not a record: ${line}`);
    if (type === END_OF_FILE || type === START_ADDRESS) continue;
    const address = (high << 8) | low;
    if (type !== DATA || address + length > flashBytes) throw new Error(`not for this flash: ${line}`);
    flash.set(data, address);
  }
  return new Uint16Array(flash.buffer);
}

const DATA = 0;
const END_OF_FILE = 1;
const START_ADDRESS = 3;
