/** Finds lines that are indented more or less than YAML allows; reported at the wrong line, once for each cause. */
import type { Mismatch, Position } from "./findings.ts";

type Level = { readonly indent: number; readonly line: number };
type Entry = Level & { readonly opens: boolean };

/**
 * For the lines of a text that YAML refuses. Empty if indentation is not the cause, or if brackets over several lines make indentation
 * meaningless.
 */
export function findIndentation(contents: readonly string[]): readonly (Mismatch & Position)[] {
  const problems: (Mismatch & Position)[] = [];
  const add = (line: number, column: number, expected: string, found: number) =>
    problems.push({ line, column, expected, found: spaces(found) });
  /** Open levels, outermost first, each with the line where it was seen first. */
  const levels: Level[] = [];
  let left: readonly Level[] = [];
  let previous: Entry | undefined;
  /** The wrong indentation reported last: the lines after it that have the same one have the same cause. */
  let wrong: number | undefined;
  for (const entry of entriesOf(contents)) {
    const { indent, line, opens } = entry;
    const top = levels.at(-1);
    if (top === undefined || (previous?.opens && indent > previous.indent)) {
      levels.push(entry);
      left = [];
    } else if (indent > top.indent) {
      const before = left.find((level) => level.indent === indent);
      if (indent === wrong) continue;
      if (before !== undefined && previous !== undefined) {
        // The line before has left the level to which this line belongs.
        add(previous.line, previous.indent + 1, inFront({ indent, line: before.line }), previous.indent);
        levels.push(before);
      } else {
        add(line, indent + 1, inFront(top), indent);
        wrong = indent;
      }
      left = [];
    } else {
      const kept = levels.filter((level) => level.indent <= indent);
      if (kept.at(-1)?.indent === indent) {
        left = levels.splice(kept.length);
        levels[kept.length - 1] = entry;
      } else if (indent !== wrong) {
        const choices = levels.slice(Math.max(kept.length - 1, 0)).reverse();
        const expected = choices.map(inFront).join(", or ");
        add(line, indent + 1, expected, indent);
        wrong = indent;
        left = [];
        if (opens) levels.splice(kept.length, Number.POSITIVE_INFINITY, entry);
      }
    }
    previous = entry;
  }
  return problems;
}

/** The lines that begin with a key. */
function entriesOf(contents: readonly string[]): readonly Entry[] {
  const entries: Entry[] = [];
  let blockIndent: number | undefined;
  let openQuote: string | undefined;
  for (const [index, content] of contents.entries()) {
    if (openQuote !== undefined) {
      if (restOfQuoted(content, openQuote) !== undefined) openQuote = undefined;
      continue;
    }
    if (/^\s*(?:#|\r?$)/.test(content)) continue;
    const indent = content.length - content.trimStart().length;
    if (blockIndent !== undefined && indent > blockIndent) continue;
    blockIndent = undefined;
    const match = /^ *[\w."'-]+ *:(?:\s+(.*))?$/.exec(content.trimEnd());
    if (match === null) continue;
    const [, value = ""] = match;
    if (/^[[{][^\]}]*$/.test(value)) return [];
    if (/^[|>][-+0-9]{0,2}(?:\s|$)/.test(value)) blockIndent = indent;
    const [quote = ""] = value;
    if (/["']/.test(quote) && restOfQuoted(value.slice(1), quote) === undefined) openQuote = quote;
    entries.push({ indent, line: index + 1, opens: value === "" || value.startsWith("#") });
  }
  return entries;
}

/** What follows the end of a quoted text; undefined if it continues in the next line. */
function restOfQuoted(text: string, quote: string): string | undefined {
  const whole = quote === '"' ? /^(?:[^"\\]|\\.)*"(.*)$/ : /^(?:[^']|'')*'(?!')(.*)$/;
  return whole.exec(text)?.[1];
}

const inFront = ({ indent, line }: Level): string => `${spaces(indent)} in front, as in line ${line}`;

function spaces(count: number): string {
  if (count === 0) return "no space";
  return count === 1 ? "1 space" : `${count} spaces`;
}
