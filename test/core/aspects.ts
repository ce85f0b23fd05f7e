import { SeededRandom } from "../support/seeded-random.ts";

/** What is drawn of one aspect of a world: so that one more aspect does not change what is drawn of the others. */
export function aspectOf(seed: number, name: string): SeededRandom {
  let mixed = seed >>> 0;
  for (const character of name) mixed = Math.imul(mixed ^ character.charCodeAt(0), 0x01000193) >>> 0;
  return new SeededRandom(mixed);
}
