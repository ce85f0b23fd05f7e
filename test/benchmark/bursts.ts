// More requests at once than the line, or the MCU's buffer, can take.
import type { Bench, Contestant, Mcu } from "./bench.ts";
import { type Figure, required } from "./figure.ts";
import type { LoadResult } from "./load-process.ts";
import { pacedMcu } from "./side-by-side.ts";

const burstCount = 1000;
/** IoT Hub's cutoff less the default margin, as in the default configuration. */
const deadlineMs = 3500;
/** Longer than the plain bridge takes for the whole burst (8 s at 115200 baud): its late ones are counted as late. */
const waitMs = 20_000;

/** Four commands of 33 bytes: the fifth finds no room. */
const smallBufferBytes = 128;
const smallBurstCount = 20;
/** Of work for each of those: an MCU that is at work reads nothing, and its buffer fills. */
const smallBurstWorkMs = 20;

export async function measureBursts(bench: Bench): Promise<readonly Figure[]> {
  const ours = await largeBurst(bench, "ours");
  const plain = await largeBurst(bench, "plain");
  const small = { ours: await smallBurst(bench, "ours"), plain: await smallBurst(bench, "plain") };
  const isLossless = small.ours.answered === smallBurstCount && small.ours.bytesLost === 0;
  return [
    required(
      `burst of ${burstCount}: answered once, in time`,
      `${burstCount}`,
      { text: `${ours.inTime}`, met: ours.inTime === burstCount && ours.surplusCount === 0 },
      `${plain.inTime}`,
    ),
    required(
      `burst of ${burstCount}: ok / honest error / last response`,
      `≤ ${deadlineMs} ms`,
      { text: describe(ours), met: ours.lastMs <= deadlineMs && ours.wrongCount === 0 },
      describe(plain),
    ),
    required(
      `burst of ${smallBurstCount} into a ${smallBufferBytes}-byte buffer: answered`,
      `${smallBurstCount}`,
      { text: `${small.ours.answered}, ${small.ours.bytesLost} bytes lost`, met: isLossless },
      `${small.plain.answered}, ${small.plain.bytesLost} bytes lost`,
    ),
  ];
}

type Burst = LoadResult & { readonly inTime: number; readonly lastMs: number };

async function largeBurst(bench: Bench, contestant: Contestant): Promise<Burst> {
  const { gateway } = await bench.timeStart(contestant, await bench.startMcu(pacedMcu));
  const result = await gateway.load({ kind: "at_once", count: burstCount, waitMs });
  // What comes behind the burst would be behind a second response as well, in every queue on the way.
  const { surplusCount } = await gateway.load({ kind: "in_turn", count: 10, waitMs });
  await gateway.stop();
  return {
    ...result,
    surplusCount: result.surplusCount + surplusCount,
    inTime: result.latenciesMs.filter((ms) => ms <= deadlineMs).length,
    lastMs: Math.max(...result.latenciesMs),
  };
}

function describe({ okCount, errors, lastMs }: Burst): string {
  const errorCount = Object.values(errors).reduce((sum, count) => sum + count, 0);
  return `${okCount} / ${errorCount} / ${lastMs.toFixed(0)} ms`;
}

async function smallBurst(bench: Bench, contestant: Contestant): Promise<{ answered: number; bytesLost: number }> {
  const mcu: Mcu = await bench.startMcu({ ...pacedMcu, rxBufferBytes: smallBufferBytes, delayMs: smallBurstWorkMs });
  const { gateway } = await bench.timeStart(contestant, mcu);
  const before = await gateway.mcu();
  const { okCount } = await gateway.load({ kind: "at_once", count: smallBurstCount, waitMs: deadlineMs });
  const after = await gateway.mcu();
  await gateway.stop();
  return { answered: okCount, bytesLost: after.bytesOverflowed - before.bytesOverflowed };
}
