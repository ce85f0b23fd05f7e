import type { SeededRandom } from "../support/seeded-random.ts";

/** Bytes that begin, end or separate something somewhere. */
const edges = Buffer.from("\0\n\r \t:,.*\\<>!=?~@{}[]()'\"-#\x7f\x80\xc3\xff", "latin1");

export interface Material {
  readonly corpus: readonly Buffer[];
  /** What means something to the target. */
  readonly words: readonly string[];
  readonly bytesMax: number;
}

/** One of the corpus with one to six changes. */
export function mutate(random: SeededRandom, material: Material): Buffer {
  let input = random.pick(material.corpus);
  for (let changes = random.whole(1, 6); changes > 0; changes--) input = change(random, input, material);
  return input.subarray(0, material.bytesMax);
}

function change(random: SeededRandom, input: Buffer, { corpus, words }: Material): Buffer {
  const at = random.whole(0, input.length);
  const end = random.whole(at, Math.min(input.length, at + 32));
  switch (random.whole(0, 6)) {
    case 0:
      return spliced(input, at, end, Buffer.alloc(0));
    case 1:
      return spliced(input, at, at, Buffer.from(random.pick(words)));
    case 2:
      return spliced(input, at, end, Buffer.from(random.pick(words)));
    case 3:
      return spliced(input, at, at + random.whole(0, 1), Buffer.of(random.pick([...edges])));
    case 4:
      return spliced(input, at, at + random.whole(0, 1), Buffer.of(random.whole(0, 255)));
    case 5:
      return spliced(input, end, end, input.subarray(at, end));
    default: {
      const other = random.pick(corpus);
      return spliced(input, at, input.length, other.subarray(random.whole(0, other.length)));
    }
  }
}

function spliced(input: Buffer, from: number, to: number, middle: Buffer): Buffer {
  return Buffer.concat([input.subarray(0, from), middle, input.subarray(to)]);
}
