// Text in lines of a width; knows no terminal.

/** Puts as many pieces into each line as fit; a piece that is wider than a line has one for itself. */
export function fill(pieces: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const piece of pieces) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + piece.length <= width) lines[lines.length - 1] = `${last} ${piece}`;
    else lines.push(piece);
  }
  return lines;
}

/** Lines of at most `width` characters, ended between words, and all but the first indented by so much; "5 ms" is a word. */
export function wrap(text: string, width: number, indent = 0): string[] {
  // What fits stays as it is, with its columns.
  if (text.length <= width) return [text];
  const [first = "", ...rest] = fill(words(text), width - indent);
  return [first, ...rest.map((line) => " ".repeat(indent) + line)];
}

/** What a line is not ended within. */
export function words(text: string): string[] {
  return text.split(/ (?!m?s\b)/);
}
