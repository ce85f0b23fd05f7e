import { isId } from "../protocol/id.ts";

/** At most so many names are remembered; a board has a few. */
const namesMax = 64;

/** A damaged sigil, the longest name, and the space behind it. */
const wordMax = 34;

/** Names of events that have come: a line that begins with one may be an event without its sigil. */
export class EventNames {
  readonly #names = new Set<string>();
  /** There were more than are remembered: then every word that may be a name counts as one. */
  #hasMore = false;

  add(name: string): void {
    if (this.#names.has(name)) return;
    if (this.#names.size < namesMax) this.#names.add(name);
    else this.#hasMore = true;
  }

  /** Another board may be at the next opening. */
  clear(): void {
    this.#names.clear();
    this.#hasMore = false;
  }

  /** Whether a line may be what is left of an event whose sigil was lost, or damaged into something that is none. */
  begins(line: Buffer): boolean {
    if (this.#names.size === 0) return false;
    const [word = ""] = line.toString("latin1", 0, wordMax).split(" ", 1);
    return this.#isName(word) || this.#isName(word.slice(1));
  }

  #isName(word: string): boolean {
    return this.#names.has(word) || (this.#hasMore && isId(word));
  }
}
