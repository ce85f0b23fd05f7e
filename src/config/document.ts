/** Parses YAML text into a tree, or into all that is wrong with the text. It does not know the options. */
import {
  CST,
  type ErrorCode,
  Lexer,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
  type YAMLWarning,
} from "yaml";
import type { Mismatch, Position } from "./findings.ts";
import { findIndentation } from "./indentation.ts";

type Problem = Mismatch & Position;

/** `refusedAt` is how far the parser came; a problem may be before that place. */
export type Document =
  | { readonly kind: "parsed"; readonly root: Node | null; readonly positionOf: (offset: number) => Position }
  | { readonly kind: "refused"; readonly problems: readonly Problem[]; readonly refusedAt: Position };

export function parseYaml(text: string): Document {
  const bound = tooDeep(text) ?? conflictIn(text);
  if (bound !== undefined) return { kind: "refused", problems: [bound], refusedAt: bound };
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
  // Later errors may follow from the first one.
  const [first] = [...document.errors, ...document.warnings].sort((a, b) => a.pos[0] - b.pos[0]);
  if (first === undefined) return { kind: "parsed", root: document.contents, positionOf };
  const refusedAt = positionOf(first.pos[0]);
  const refused = (problems: readonly Problem[]): Document => ({ kind: "refused", problems, refusedAt });
  const contents = text.split("\n");
  const tabs = document.errors.some(({ code }) => code === "TAB_AS_INDENT") ? tabsIn(contents) : undefined;
  if (tabs !== undefined) return refused([tabs]);
  const indentation = findIndentation(contents);
  // Below a line that is wrong in itself, indentation is not the cause.
  const isOfLine = wrongByThemselves.includes(first.code);
  if (indentation[0] !== undefined && (!isOfLine || indentation[0].line <= refusedAt.line)) return refused(indentation);
  const quote = first.code === "MISSING_CHAR" ? openQuoteIn(contents.slice(0, refusedAt.line)) : undefined;
  if (quote !== undefined) return refused([quote]);
  const bracket = openBracketIn(contents);
  if (bracket !== undefined && bracket.line <= refusedAt.line) return refused([bracket]);
  return refused([{ ...refusedAt, ...explain(first, contents[refusedAt.line - 1] ?? "") }]);
}

/** What the parser refuses, whatever is around it. */
const wrongByThemselves: readonly ErrorCode[] = [
  "BAD_ALIAS",
  "BAD_DQ_ESCAPE",
  "BAD_SCALAR_START",
  "TAG_RESOLVE_FAILED",
];

/** Indentation with tabs; reported once for the file. */
function tabsIn(contents: readonly string[]): Problem | undefined {
  const lines = contents.flatMap((content, index) => (/^ *\t[ \t]*[^\s#]/.test(content) ? [index + 1] : []));
  const [line] = lines;
  if (line === undefined) return undefined;
  const column = (contents[line - 1]?.indexOf("\t") ?? 0) + 1;
  const found = lines.length === 1 ? "a tab" : `tabs in ${lines.length} lines`;
  return { line, column, expected: "spaces as indentation", found };
}

/** YAML reports an open quote at the end of the file; people look for it where it was opened. */
function openQuoteIn(contents: readonly string[]): Problem | undefined {
  for (const [index, content] of contents.entries()) {
    const column = content.search(/(?<=[:[{,]\s*)(["'])(?:(?!\1).)*$/) + 1;
    if (column > 0)
      return { line: index + 1, column, expected: "the same quote at the end of the text", found: "none" };
  }
  return undefined;
}

/** The outermost bracket or brace that begins a value and is never closed. */
function openBracketIn(contents: readonly string[]): Problem | undefined {
  const open: Problem[] = [];
  for (const [index, content] of contents.entries()) {
    const bare = content.replaceAll(/"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|\s)#.*$/g, (text) => "x".repeat(text.length));
    for (const { 0: sign, index: at } of bare.matchAll(/[[\]{}]/g)) {
      if (sign === "]" || sign === "}") open.pop();
      else if (open.length > 0 || /(?:^|[:-]\s)\s*$/.test(bare.slice(0, at)))
        open.push({
          line: index + 1,
          column: at + 1,
          expected: `${sign === "[" ? "]" : "}"} at its end`,
          found: "none",
        });
    }
  }
  return open[0];
}

/** What git leaves in a file with a merge conflict. */
function conflictIn(text: string): Problem | undefined {
  const line = text.split(/\r\n|\r|\n/).findIndex((content) => /^(?:<{7}|>{7})(?: |$)/.test(content)) + 1;
  return line === 0 ? undefined : { line, column: 1, expected: "one version", found: "a mark of a merge conflict" };
}

/**
 * The parser recurses, and Node.js may abort when the stack is full (measured: with 16 000 open braces). A level needs an open bracket
 * or a deeper indentation. So both are bounded, far above what the options need and far below the 780 or so levels that fit.
 */
function tooDeep(text: string): (Mismatch & Position) | undefined {
  const columnsMax = 500;
  for (const [index, content] of text.split(/\r\n|\r|\n/).entries()) {
    if (/^\s*#/.test(content)) continue;
    if (content.length > columnsMax)
      return {
        line: index + 1,
        column: columnsMax + 1,
        expected: `at most ${columnsMax} characters in a line`,
        found: `${content.length}`,
      };
  }
  const bracketsMax = 64;
  const before = deepBracket(text, bracketsMax);
  if (before === undefined) return undefined;
  const lines = before.split("\n");
  const column = (lines.at(-1)?.length ?? 0) + 1;
  const expected = `at most ${bracketsMax} brackets and braces inside of each other`;
  return { line: lines.length, column, expected, found: "more" };
}

/** The text in front of the first bracket that is inside of `depthMax` others. The lexer is the parser's own, and does not recurse. */
function deepBracket(text: string, depthMax: number): string | undefined {
  let depth = 0;
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    const isMark: boolean = !isScalar && [CST.DOCUMENT, CST.FLOW_END, CST.SCALAR].includes(lexeme);
    if (!isScalar && (lexeme === "[" || lexeme === "{")) depth++;
    if (!isScalar && (lexeme === "]" || lexeme === "}")) depth = Math.max(depth - 1, 0);
    if (depth > depthMax) return text.slice(0, offset);
    // Marks are not in the text.
    if (!isMark) offset += lexeme.length;
    isScalar = isMark && lexeme === CST.SCALAR;
  }
  return undefined;
}

/**
 * The parser's own messages may quote the source, and with it a secret. These cannot.
 * @param content the line that it is in
 */
function explain({ code }: YAMLParseError | YAMLWarning, content: string): Mismatch {
  if (/\{\{|\{%/.test(content))
    return {
      expected: "the value itself, because nothing is substituted in this file",
      found: "a placeholder in braces",
    };
  if (/^\s*[\w.-]+\s*=/.test(content)) return { expected: "a colon and a space after a key", found: "=" };
  if (/^\s*- /.test(content)) return { expected: "a key", found: "a dash in front of it" };
  const [expected, found] = explanations[code] ?? ["YAML", "something that cannot stand here (a text may need quotes)"];
  return { expected, found };
}

const explanations: { readonly [code in ErrorCode]?: readonly [expected: string, found: string] } = {
  BAD_ALIAS: ["a value", "an alias without its anchor (a text that begins with * or & needs quotes)"],
  BAD_DQ_ESCAPE: ["an escape that YAML knows", "another one (single quotes take backslashes as they are)"],
  BAD_INDENT: ["the indentation of the lines around it", "another"],
  BAD_SCALAR_START: ["quotes around a value that begins with this character", "none"],
  BLOCK_AS_IMPLICIT_KEY: ["one key and its value in a line", "a second colon (a text with a colon needs quotes)"],
  MISSING_CHAR: ["a closing quote or bracket, a comma, or a colon after a key", "none"],
  MULTILINE_IMPLICIT_KEY: ["a colon and a space after a key", "none"],
  MULTIPLE_DOCS: ["one document", "another one (take the line --- away)"],
  NON_STRING_KEY: ["the name of an option as the key", "something else"],
  TAB_AS_INDENT: ["spaces as indentation", "a tab"],
  TAG_RESOLVE_FAILED: ["a value without a tag", "a tag (a text that begins with ! needs quotes)"],
};
