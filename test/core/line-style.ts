import type { SeededRandom } from "../support/seeded-random.ts";
import type { Kind } from "./kinds.ts";

/** How a board's lines stand on the wire: one character a byte. */
export interface LineStyle {
  readonly head: string;
  readonly tail: string;
  readonly end: string;
  /** What the configuration says of it: taken off in front of each line. */
  readonly prompt: string | undefined;
  /** Stands in front of a line now and then, without an end of its own. */
  readonly fragment: string | undefined;
}

const plain: LineStyle = { head: "", tail: "", end: "\n", prompt: undefined, fragment: undefined };

const ends = ["\n\r", "\r\r\n", "\n\0", "\r\n"];

const heads = ["\0", "\xef\xbb\xbf", "\xff", "\f", "\x11", "\x13", "\t", "\x1b[8D\x1b[J"];

const prompts = ["> ", "uart:~$ "];

export function drawLineStyle(random: SeededRandom, kinds: ReadonlySet<Kind>): LineStyle {
  const isOdd = random.chance(0.5);
  const end = random.pick(ends);
  const [head, tail] = random.pick([["", ""], ["\x1b[0;32m", "\x1b[0m"], ...heads.map((head) => [head, ""])]);
  const prompt = random.chance(0.3) ? random.pick(prompts) : undefined;
  const fragment = random.chance(0.3) ? "I (5123) wifi: conn" : undefined;
  const odd = kinds.has("line_style")
    ? { head: head ?? "", tail: tail ?? "", end }
    : { end: random.pick(["\n", "\r\n"]) };
  if (!isOdd) return plain;
  return { ...plain, ...odd, ...(kinds.has("prompt") && { prompt, fragment }) };
}

/** `line` as it stands on the wire. */
export function dressed(line: string, { head, tail, end, prompt = "" }: LineStyle, fragment: string): Buffer {
  return Buffer.from(`${fragment}${prompt}${head}${line}${tail}${end}`, "latin1");
}
