import { lineAt, type SourceFile } from "./source.ts";

/** A word that stands for nothing in src, because the glossary has another one for the same thing. */
export interface RetiredWord {
  readonly term: string;
  readonly not: string;
}

/** The rows of all tables `| term | meaning | not |` of a page: what stands in backticks in the last column. */
export function retiredWords(page: string): RetiredWord[] {
  const rows = [...page.matchAll(/^\| ([^|\n]+) \| [^|\n]+ \| ([^|\n]*)\|$/gm)];
  return rows.flatMap(([, term = "", not = ""]) =>
    [...not.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => ({ term, not: word })),
  );
}

/**
 * Where the word stands, whole or as a whole part of a name, alone or in the plural: `keeper` is in `linkKeeper`,
 * `link-keepers.ts` and "a keeper", and not in "housekeeper". `BootProof` is in `bootProof` and "boot proof" as well.
 */
export function usesOf({ not, term }: RetiredWord, { path, text }: SourceFile): string[] {
  const pattern = new RegExp(`\\b${wordsOf(not)}s?\\b`, "g");
  const words = wordsOf(text);
  const inText = [...words.matchAll(pattern)].map(({ index }) => lineAt(words, index));
  const inPath = [...wordsOf(path).matchAll(pattern)].map(() => 1);
  return [...inPath, ...inText].map((line) => `${path}:${line}: ${not}: the glossary's word is ${term}`);
}

/** In small letters, with a space between the parts of each name; line by line. */
function wordsOf(text: string): string {
  return text
    .replace(/(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, " ")
    .replace(/[-_]/g, " ")
    .toLowerCase();
}
