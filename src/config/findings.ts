import { escapeCharacter, isPrintableAscii, visible } from "../runtime/text.ts";

/** What is wrong or doubtful in a configuration, and how it is written for people. */

/** Line and column, both from 1. */
export type Position = { readonly line: number; readonly column: number };

/** What kind of thing was found, for programs. */
export type FindingCode =
  /** The text of the configuration, or of a file that it names, says what it must not, or does not say what it must. */
  | "invalid"
  /** A file cannot be read: it is not there, is none, or holds no text. */
  | "unreadable"
  /** A file that this user may not read. */
  | "denied"
  /** A file that others may read or write. */
  | "insecure_file"
  /** The secret is a credential of systemd's, and none were passed. */
  | "no_credentials";

/** A fault keeps the daemon from starting, a warning does not. `path` is the option's dotted name, "" for the file. */
export type Finding = Position & {
  readonly severity: "fault" | "warning";
  readonly code: FindingCode;
  readonly file: string;
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** The file that the option names, where its mode is what is wrong. */
  readonly namedFile?: string;
};

/** What a check expected and what it found. It is a fault and `invalid` unless it says otherwise. */
export type Mismatch = Pick<Finding, "expected" | "found"> & Partial<Pick<Finding, "severity" | "code" | "namedFile">>;

/** One line, in the form that editors and terminals make clickable: `file:line:column: path: expected …, found …`. */
export function formatFinding({ file, line, column, severity, path, expected, found }: Finding): string {
  const label = severity === "warning" ? "warning: " : "";
  const name = path === "" ? "" : `${path}: `;
  return `${file}:${line}:${column}: ${label}${name}expected ${expected}, found ${found}`;
}

/**
 * Text of the file, or a path, as it may be shown: in one line, and without a secret, which may be in the wrong place. IoT Hub's secrets
 * have 16 bytes, so their base64 ends in "==".
 */
export function shown(text: string): string {
  const masked = visible(text.replaceAll(/[0-9A-Za-z+/]{16,}={1,2}/g, "*** (a secret?)"));
  // Characters that only look like spaces, as well.
  return isPrintableAscii(masked) ? masked : masked.replaceAll(/(?! )\p{Z}/gu, escapeCharacter);
}

/** The same in quotes, and short enough for a message. */
export function quoted(text: string): string {
  const lengthMax = 60; // a line of a terminal still holds the rest of the message
  const safe = shown(text);
  return `"${safe.length > lengthMax ? `${safe.slice(0, lengthMax)}…` : safe}"`;
}
