/**
 * Characters that look like others, as they come into a file from a web page, a chat or a word processor. Each kind is reported once, and
 * its consequences never: the text comes back with the plain characters in their place.
 */
import type { Mismatch, Position } from "./findings.ts";

export type Repaired = { readonly text: string; readonly problems: readonly (Mismatch & Position)[] };

type Kind = {
  /** The group `stray` is the character. */
  readonly pattern: RegExp;
  readonly expected: string;
  readonly plain: string;
};

const ifMeant = "in quotes where it is meant";

const kinds: readonly Kind[] = [
  {
    pattern: /(?<stray>[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000])/dg,
    expected: `a plain space (${ifMeant})`,
    plain: " ",
  },
  {
    // A line end to some editors, but not to YAML; lines are counted as YAML counts them.
    pattern: /(?<stray>[\u0085\u2028\u2029])/dg,
    expected: `LF at the end of a line (${ifMeant})`,
    plain: " ",
  },
  {
    pattern: /(?<stray>[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff])/dg,
    expected: `no invisible character (${ifMeant})`,
    plain: "",
  },
  {
    // A full-width colon, or a sign that looks like one; it may be meant anywhere but behind a key.
    pattern: /(?:^|[{,])[\s-]*["']?[\w.<]{1,64}["']?\s*(?<stray>[\uff1a\ufe13\ufe55\u2236\ua789])/dg,
    expected: "a plain colon and a space",
    plain: ": ",
  },
  {
    pattern: /[:\uff1a{,[]\s*(?<stray>[\u2018-\u201f\u00ab\u00bb\uff02\uff07])/dg,
    expected: "straight quotes (\" or '), or none",
    plain: '"',
  },
];

const closingQuote = /[\u2018-\u201f\u00ab\u00bb\uff02\uff07](?=\s*(?:[,}\]#]|$))/g;

/** @param text whose lines are of bounded length */
export function repairStray(text: string): Repaired {
  const problems = new Map<string, Mismatch & Position & { count: number }>();
  const told = (key: string, at: Position, expected: string, found: string) => {
    const first = problems.get(key);
    if (first === undefined) problems.set(key, { ...at, expected, found, count: 1 });
    else first.count++;
  };
  const lines = withLf(text, (at) => told("CR", at, "LF or CRLF at the end of a line", "CR alone"));
  const repaired = lines.map((line, index) =>
    repairLine(line, ({ expected }, column) => {
      const stray = line.charAt(column - 1);
      told(expected, { line: index + 1, column }, expected, nameOf(stray));
    }),
  );
  return {
    text: repaired.join("\n"),
    problems: [...problems.values()].map(({ count, found, ...problem }) => ({
      ...problem,
      found: count === 1 ? found : `${found}, ${count} times`,
    })),
  };
}

/** The lines without their ends; a CR alone is a line end too. */
function withLf(text: string, onCr: (at: Position) => void): readonly string[] {
  const lines: string[] = [];
  for (const [, content = "", end = ""] of text.matchAll(/([^\r\n]*)(\r\n|\n|\r|$)/g)) {
    lines.push(content);
    if (end === "") break;
    if (end === "\r") onCr({ line: lines.length, column: content.length + 1 });
  }
  return lines;
}

function repairLine(line: string, tell: (kind: Kind, column: number) => void): string {
  if (/^[\t -~]*$/.test(line)) return line;
  const bare = withoutQuoted(line);
  const replacements: { at: number; plain: string }[] = [];
  for (const kind of kinds) {
    for (const match of bare.matchAll(kind.pattern)) {
      const at = match.indices?.groups?.["stray"]?.[0] ?? match.index;
      tell(kind, at + 1);
      replacements.push({ at, plain: kind.plain });
    }
  }
  // The quotes at the other end have the same cause.
  if (replacements.some(({ plain }) => plain === '"')) {
    for (const { index } of bare.matchAll(closingQuote)) replacements.push({ at: index, plain: '"' });
  }
  const at = new Map(replacements.map((one) => [one.at, one.plain]));
  return Array.from({ length: line.length }, (_, index) => at.get(index) ?? line.charAt(index)).join("");
}

/** The line with its comment and quoted text replaced by spaces; every other character stays at its place. */
function withoutQuoted(line: string): string {
  const hidden = /(?:(?<=^|[\s[{,:])(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')|(?:^|\s)#.*$)/g;
  return line.replaceAll(hidden, (text) => "x".repeat(text.length));
}

const names: Readonly<Record<string, string>> = {
  "\u00a0": "a non-breaking space",
  "\u3000": "an ideographic space",
  "\u200b": "a space of no width",
  "\ufeff": "a byte order mark in the middle of the file",
  "\uff1a": "a colon of full width",
  "\u201c": "a quotation mark for prose",
  "\u201d": "a quotation mark for prose",
  "\u2018": "a quotation mark for prose",
  "\u2019": "a quotation mark for prose",
};

function nameOf(character: string): string {
  const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
  const name = names[character];
  return name === undefined ? code : `${name} (${code})`;
}
