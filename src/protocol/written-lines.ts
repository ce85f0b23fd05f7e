const LF = 0x0a;
const CR = 0x0d;

/** The lines of one write, without their ends; a command is one, an opening may have more. */
export function linesIn(write: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < write.length; ) {
    const end = Math.min(endOf(write, LF, start), endOf(write, CR, start));
    if (end > start) lines.push(write.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function endOf(write: Buffer, lineEnd: number, start: number): number {
  const at = write.indexOf(lineEnd, start);
  return at === -1 ? write.length : at;
}
