import { startStarvationMeter, type VoidPlays } from "../support/starvation/starvation.ts";
import { account, type Figures } from "./ledger.ts";
import { expectUndisturbed, summed } from "./neighbour.ts";
import { summaryOf } from "./report.ts";
import { type FaultRow, isKept, type RowResult } from "./row.ts";
import { openTestbed, type Testbed } from "./testbed.ts";

export const strikesDefault = 3;
export const ratePerSDefault = 20;

/** So many requests pass before each strike, and after the last one: what one of them leaves behind shows. */
const calmRequests = 40;

/**
 * Plays one row. A play in which something was late while the machine did not let the gateway run is void, said so, and
 * counted; what breaks a second time is broken.
 */
export async function runRow(row: FaultRow, voidPlays: VoidPlays): Promise<RowResult> {
  voidPlays.played();
  const starvation = startStarvationMeter();
  const result = await playRow(row, starvation.follow);
  await starvation.stop();
  if (isKept(result) || !isExcusable(result) || !starvation.wasStarved()) return result;
  process.stdout.write(
    `${summaryOf(result, "void  ")}\n       the machine kept it waiting for ${starvation.worstMs()} ms\n`,
  );
  return voidPlays.mayBeVoid() ? await playRow(row) : result;
}

/** A machine that lets nobody run makes late what was promised in time. It makes nobody do a thing twice, or say what is wrong. */
function isExcusable({ figures: { broken } }: RowResult): boolean {
  const { late, unanswered, ...others } = broken;
  return Object.values(others).every((count) => count === 0);
}

/** Requests flow, the fault comes and goes so often, and each time service has to come back. */
async function playRow(row: FaultRow, onStart?: (pid: number) => void): Promise<RowResult> {
  const startedAt = performance.now();
  const recoveriesMs: number[] = [];
  let testbed: Testbed | undefined;
  let figures: Figures = account(nothing);
  let failure: string | undefined;
  try {
    testbed = await openTestbed(row.testbed ?? {}, onStart);
    const { gateway, until } = testbed;
    // A start alone is no fault: until then requests are refused, which some rows may not see.
    await until("an open port", () => gateway.log().includes(" is open, after "));
    testbed.flow(row.ratePerS ?? ratePerSDefault);
    await testbed.served();
    await testbed.lasts(calmRequests);
    for (let round = 0; round < (row.strikes ?? strikesDefault); round += 1) {
      await row.strike(testbed, round);
      recoveriesMs.push(await testbed.served());
      await testbed.lasts(calmRequests);
    }
    const { own, ofNeighbours } = await testbed.finish();
    figures = summed([own, ...ofNeighbours]);
    row.check?.(testbed, own);
    for (const [index, neighbour] of testbed.neighbours.entries()) {
      const seen = ofNeighbours[index];
      if (seen !== undefined && row.strikesAll !== true) expectUndisturbed(neighbour, seen);
    }
  } catch (error) {
    failure = `${error instanceof Error ? error.message : error}\n${lastLines(testbed?.gateway.log() ?? "")}`;
  }
  const peakMiB = testbed?.gateway.peakMiB() ?? 0;
  await testbed?.close();
  return { row, figures, recoveriesMs, peakMiB, tookMs: performance.now() - startedAt, failure };
}

export const nothing = { calls: [], traffic: [], executions: [], outages: [], startsAtMs: [], cutoffMs: 0 };

function lastLines(log: string): string {
  return log.split("\n").slice(-40).join("\n");
}
