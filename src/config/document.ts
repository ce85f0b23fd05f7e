/** YAML text to its tree, or to what is wrong with the text. Knows nothing of options. */
import { type ErrorCode, LineCounter, type Node, parseDocument, type YAMLParseError, type YAMLWarning } from "yaml";
import type { Position, Verdict } from "./findings.ts";

export type Document =
  | { readonly ok: true; readonly root: Node | null; readonly positionOf: (offset: number) => Position }
  | { readonly ok: false; readonly problems: readonly (Verdict & Position)[] };

export function parseYaml(text: string): Document {
  const nested = tooDeep(text);
  if (nested !== undefined) return { ok: false, problems: [nested] };
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false, // they quote the source, and so a secret
    uniqueKeys: false, // quadratic, and tells one of the two places only; the settings' reader does it
    stringKeys: true,
    logLevel: "error", // "silent" would not tell of a second document
  });
  const positionOf = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const errors = [...document.errors, ...document.warnings];
  if (errors.length === 0) return { ok: true, root: document.contents, positionOf };
  // What follows at the same place follows from the first.
  const firsts = new Map([...errors].reverse().map((error) => [error.pos[0], error]));
  return { ok: false, problems: [...firsts].map(([offset, error]) => ({ ...explain(error), ...positionOf(offset) })) };
}

/**
 * The parser recurses, and at the end of the stack Node itself may abort (measured: 16 000 open braces). A level takes an
 * open bracket, or place in a line that is longer than the one around it; so both are bounded, far above what the
 * options need and far below the some 780 levels that fit.
 */
function tooDeep(text: string): (Verdict & Position) | undefined {
  const columnsMax = 500;
  const bracketsMax = 64;
  let brackets = 0;
  for (const [index, content] of text.split(/\r\n|\r|\n/).entries()) {
    if (/^\s*#/.test(content)) continue;
    const line = index + 1;
    if (content.length > columnsMax)
      return {
        line,
        column: columnsMax + 1,
        expected: `at most ${columnsMax} characters in a line`,
        found: `${content.length}`,
      };
    brackets += content.match(/[[{]/g)?.length ?? 0;
    if (brackets > bracketsMax)
      return { line, column: 1, expected: `at most ${bracketsMax} brackets and braces in a file`, found: "more" };
  }
  return undefined;
}

/** The parser's own texts may quote the source, and so a secret; these cannot. */
function explain({ code }: YAMLParseError | YAMLWarning): Verdict {
  const [expected, found] = explanations[code] ?? ["YAML", "something that cannot stand here (a text may need quotes)"];
  return { expected, found };
}

const explanations: { readonly [code in ErrorCode]?: readonly [expected: string, found: string] } = {
  BAD_ALIAS: ["a value", "an alias without its anchor"],
  BAD_DQ_ESCAPE: ["an escape that YAML knows", "another one (single quotes take backslashes as they are)"],
  BAD_INDENT: ["the indentation of the lines around it", "another"],
  BAD_SCALAR_START: ["quotes around a value that begins with this character", "none"],
  BLOCK_AS_IMPLICIT_KEY: ["one key and its value in a line", "a second colon (a text with a colon needs quotes)"],
  MISSING_CHAR: ["a closing quote or bracket, a comma, or a colon after a key", "none"],
  MULTILINE_IMPLICIT_KEY: ["a colon and a space after a key", "none"],
  MULTIPLE_DOCS: ["one document", "another one"],
  NON_STRING_KEY: ["the name of an option as the key", "something else"],
  TAB_AS_INDENT: ["spaces as indentation", "a tab"],
  TAG_RESOLVE_FAILED: ["a value without a tag", "a tag"],
};
