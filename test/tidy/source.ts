import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";

/** One file of the project, by its path from the root. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** What is installed, built, or git's own. */
const foreign = new Set([".git", "node_modules", "dist", "build"]);

/** Every text file below `root` that people wrote, and the lock file. */
export function readProject(root: string): SourceFile[] {
  const entries = readdirSync(root, { withFileTypes: true });
  return entries.flatMap((entry): SourceFile[] => {
    if (foreign.has(entry.name) || entry.name.startsWith("dist.")) return [];
    if (entry.isDirectory()) {
      return readProject(join(root, entry.name)).map(({ path, text }) => ({
        path: posix.join(entry.name, path),
        text,
      }));
    }
    if (!entry.isFile()) return [];
    const bytes = readFileSync(join(root, entry.name));
    return bytes.includes(0) ? [] : [{ path: entry.name, text: bytes.toString() }];
  });
}

/** The text with comments blanked out, line by line as long as before. */
export function withoutComments(text: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
  return text.replace(token, (found) => (found.startsWith("/") ? found.replace(/[^\n]/g, " ") : found));
}

export interface Import {
  readonly specifier: string;
  /** Gone when the program runs. */
  readonly isTypeOnly: boolean;
  readonly line: number;
}

/** All imports and re-exports of a TypeScript file, dynamic ones too. */
export function importsOf({ text }: SourceFile): Import[] {
  const code = withoutComments(text);
  const statement = /\b(?:import|export)\s+(type\s)?([^;"'`()]*?)\bfrom\s*"([^"]+)"|\bimport\s*\(?\s*"([^"]+)"/g;
  return [...code.matchAll(statement)].map(({ 1: type, 2: names = "", 3: from, 4: bare, index }) => ({
    specifier: from ?? bare ?? "",
    isTypeOnly: type !== undefined || /^\s*\{(\s*type\s[^,}]+,?)+\s*\}\s*$/.test(names),
    line: lineAt(code, index),
  }));
}

/** Where in the project a relative import leads; undefined for a package or a part of Node.js. */
export function targetOf({ path }: SourceFile, { specifier }: Import): string | undefined {
  return specifier.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined;
}

/** The folder of src that a file is in, or its own name where it is in src itself; undefined for a file elsewhere. */
export function partOf(path: string): string | undefined {
  return /^src\/([^/]+)/.exec(path)?.[1];
}

/** 1 for the first line. */
export function lineAt(text: string, index: number): number {
  return text.slice(0, index).split("\n").length;
}
