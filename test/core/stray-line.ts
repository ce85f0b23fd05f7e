import type { SeededRandom } from "../support/seeded-random.ts";

/** A line that nobody asked for. `=rrpc/9` only from an MCU that can be found to be another after all: it says hello. */
export function strayLine(random: SeededRandom, answersProbes: boolean): string {
  const lines = ["boot chatter", "@door open", "<zz stray", "<1 \\q", "!- crc", "!zz", "@", "", "~1", "\x00\xff"];
  if (answersProbes && random.chance(0.3)) lines.push("=rrpc/9");
  return random.pick(lines);
}
