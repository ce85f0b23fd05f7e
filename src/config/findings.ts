import { escapeCharacter, visible } from "../runtime/text.ts";

/** What is wrong or doubtful with a configuration, and how it reads. */

/** Line and column, both from 1. */
export type Position = { readonly line: number; readonly column: number };

/** A fault keeps the daemon from starting, a warning does not. `path` is the option's dotted name, "" for the file. */
export type Finding = Position & {
  readonly severity: "fault" | "warning";
  readonly file: string;
  readonly path: string;
  readonly expected: string;
  readonly found: string;
};

/** What a check of one thing says: nothing, or what it expected and found. */
export type Verdict = Pick<Finding, "expected" | "found"> & { readonly severity?: Finding["severity"] };

/** One line, in the form that editors and terminals make clickable: `file:line:column: path: expected …, found …`. */
export function formatFinding({ file, line, column, severity, path, expected, found }: Finding): string {
  const label = severity === "warning" ? "warning: " : "";
  const name = path === "" ? "" : `${path}: `;
  return `${file}:${line}:${column}: ${label}${name}expected ${expected}, found ${found}`;
}

/**
 * Text of the file or a path as it may be shown: in one line, and without the secret, which somebody may have put in the
 * wrong place. IoT Hub's have 16 bytes, so their base64 ends in "==".
 */
export function shown(text: string): string {
  const masked = text.replaceAll(/[0-9A-Za-z+/]{16,}={1,2}/g, "*** (a secret?)");
  // Spaces that are none, as well.
  return visible(masked).replaceAll(/(?! )\p{Z}/gu, escapeCharacter);
}

/** The same in quotes, and short enough for a message. */
export function quoted(text: string): string {
  const lengthMax = 60; // a line of a terminal still holds the rest of the message
  const safe = shown(text);
  return `"${safe.length > lengthMax ? `${safe.slice(0, lengthMax)}…` : safe}"`;
}
