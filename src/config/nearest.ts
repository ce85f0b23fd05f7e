/** The candidate that was probably meant by `name`; case, `_` and `-` do not count. */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[_-]/g, "");
  const wanted = plain(name);
  // Up to a third of the letters may be wrong; otherwise it is another word.
  let least = Math.floor(wanted.length / 3) + 1;
  let best: string | undefined;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < least) [least, best] = [distance, candidate];
  }
  return best;
}

/** ` (did you mean X?)` for a value that the choice does not have but that is a synonym or a misspelling; else "". */
export function meantHint(
  value: string,
  values: readonly (string | number)[],
  synonyms: Readonly<Record<string, string>> = {},
): string {
  const word = value.toLowerCase().replaceAll("_", "-");
  const meant = Object.hasOwn(synonyms, word) ? synonyms[word] : nearest(value, values.map(String));
  return meant === undefined ? "" : ` (did you mean ${meant}?)`;
}

/** How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b` (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? (before[j - 2] ?? 0) + 1 : replaced;
      next.push(Math.min(replaced, swapped, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    before = row;
    row = next;
  }
  return row[b.length] ?? 0;
}
