import type { SeededRandom } from "../support/seeded-random.ts";

/** A version that the gateway does not know. */
export const versionLine = "=rrpc/9";

/** A line that nobody asked for. `=rrpc/9` only from an MCU that can be found to be another after all: it says hello. */
export function strayLine(random: SeededRandom, answersProbes: boolean): string {
  const lines = ["boot chatter", "@door open", "<zz stray", "<1 \\q", "!- crc", "!zz", "@", "", "~1", "\x00\xff"];
  if (answersProbes && random.chance(0.3)) lines.push(versionLine);
  return random.pick(lines);
}
