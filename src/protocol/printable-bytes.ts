/** Bytes as printable ASCII, and `\xHH` for all others and the backslash; not without end. */
export function printableBytes(bytes: Buffer, charactersMax: number): string {
  let text = "";
  for (const byte of bytes) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== 0x5c;
    text += isPlain ? String.fromCharCode(byte) : `\\x${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    if (text.length > charactersMax) return `${text.slice(0, charactersMax)}…`;
  }
  return text;
}
