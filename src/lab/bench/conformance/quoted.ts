/** Enough to recognise a line in a report. */
const shownMax = 80;

/** Bytes as a string of C, one character for each (latin1): what is not printable as `\xHH`, a backslash as two, long ones shortened. */
export function quoted(bytes: string): string {
  const half = shownMax / 2;
  const short = bytes.length > shownMax ? `${bytes.slice(0, half)}…${bytes.slice(-half)}` : bytes;
  return `"${short.replaceAll("\\", "\\\\").replace(/[^ -~…]/g, hexOf)}"`;
}

function hexOf(byte: string): string {
  return `\\x${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
