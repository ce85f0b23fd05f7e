// Peak memory of each bridge after 100 000 requests: most of them eight in flight, and bursts between them.
import type { Bench } from "../bench.ts";
import type { Bridge } from "../bridges.ts";
import { expectAllOk } from "../side-by-side.ts";
import { type PeerFigure, peerFigure } from "./peer-figure.ts";
import { startPeerMcu, unpaced } from "./peer-mcu.ts";

const burstCount = 1000;
const betweenCount = 9000;
const waitMs = 20_000;
/** Of ours. */
const peakMibMax = 60;

/** @param count of requests, in steps of 10 000 */
export async function measurePeakMemory(
  bench: Bench,
  mcuProgram: string,
  bridges: readonly Bridge[],
  count: number,
): Promise<PeerFigure> {
  const peaks = new Map<Bridge, number[]>();
  for (const bridge of bridges) peaks.set(bridge, [await peakMibOf(bench, mcuProgram, bridge, count)]);
  const name = `peak memory after ${count} requests, a tenth of them in bursts of ${burstCount}, MiB`;
  return peerFigure(name, peaks, { atMost: peakMibMax });
}

async function peakMibOf(bench: Bench, mcuProgram: string, bridge: Bridge, count: number): Promise<number> {
  const mcu = await startPeerMcu(mcuProgram, bench.newLink());
  await mcu.setPace(unpaced);
  const { running } = await bench.timeBridgeStart(bridge, mcu.path);
  for (let done = 0; done < count; done += betweenCount + burstCount) {
    const between = await running.load({ kind: "in_flight", count: betweenCount, open: 8, waitMs });
    expectAllOk(between, betweenCount, running.log());
    const burst = await running.load({ kind: "at_once", count: burstCount, waitMs });
    // What finds no room in a queue is refused: an answer, too.
    if (burst.latenciesMs.length !== burstCount) throw new Error(`${bridge}: ${burst.unansweredCount} unanswered`);
  }
  const { residentPeakKib } = running.usage();
  await running.stop();
  mcu.stop();
  return residentPeakKib / 1024;
}
