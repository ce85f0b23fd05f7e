import type { SourceFile } from "./source.ts";

/** Something that holds for every file, and why. */
export interface Rule {
  /** The rule as a sentence. */
  readonly says: string;
  readonly because: string;
  /** What is wrong with a file, as `LINE: what`; nothing for most. */
  readonly check: (file: SourceFile) => readonly string[];
  /** Made-up files that break the rule, each by its own way; they prove that the rule can fail. */
  readonly breaks: readonly SourceFile[];
  /** Made-up files that come near and are right. */
  readonly keeps: readonly SourceFile[];
}

/** A made-up file. */
export function file(path: string, ...lines: readonly string[]): SourceFile {
  return { path, text: `${lines.join("\n")}\n` };
}
