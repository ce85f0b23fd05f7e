// From the start of the process to its first response.
import { type Bench, contestants } from "./bench.ts";
import { compared, type Figure } from "./figure.ts";
import { pacedMcu } from "./side-by-side.ts";

export async function measureStarts(bench: Bench, roundCount: number): Promise<readonly Figure[]> {
  const mcu = await bench.startMcu(pacedMcu);
  const ms: { ours: number[]; plain: number[] } = { ours: [], plain: [] };
  for (let round = 0; round < roundCount; round++) {
    const order = round % 2 === 0 ? contestants : contestants.toReversed();
    for (const contestant of order) {
      const { gateway, firstReplyMs } = await bench.timeStart(contestant, mcu);
      ms[contestant].push(firstReplyMs);
      await gateway.stop();
    }
  }
  return [compared("start to the first response", "ms", ms, 0.6)];
}
