// Text in lines of limited width. Knows no terminal.

/** Puts as many pieces into each line as fit; a piece that is wider than a line gets its own. */
export function fill(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= width) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(piece);
  }
  return lines;
}

/** Lines of at most `width` characters, broken between words, all but the first indented by `indent`; "5 ms" is a word. */
export function wrap(text: string, width: number, indent = 0): string[] {
  // A text that fits keeps its columns.
  if (text.length <= width) return [text];
  const [first = "", ...rest] = fill(words(text), width - indent);
  return [first, ...rest.map((line) => " ".repeat(indent) + line)];
}

/** The pieces within which a line is not broken. */
export function words(text: string): string[] {
  return text.split(/ (?!m?s\b)/);
}
