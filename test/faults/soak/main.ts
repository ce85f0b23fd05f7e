// `npm run test:soak`: requests at a field's rate, and now and then a fault of the matrix, for an hour.
//
//     --minutes N   how long; default 60
//     --seed N      which faults strike when; default: another one each time
//     --only TEXT   only faults whose group and name have it
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual, parseArgs } from "node:util";
import { noFaults } from "../../../src/lab/mcu/faults.ts";
import { SeededRandom } from "../../support/seeded-random.ts";
import { nodeOptionsOfUnit } from "../../support/unit.ts";
import { account, type Figures } from "../ledger.ts";
import { breachesOf, duration, quantile } from "../report.ts";
import type { FaultRow } from "../row.ts";
import { pull, putBack } from "../rows/cable.ts";
import { rows } from "../rows/index.ts";
import { breakSession } from "../rows/sessions.ts";
import { nothing, ratePerSDefault, strikesDefault } from "../run-row.ts";
import { openTestbed, type TestbedOptions } from "../testbed.ts";
import { type Course, coursesOf, type Sample } from "./flatness.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "60" },
    seed: { type: "string", default: `${Date.now() % 1_000_000}` },
    only: { type: "string", default: "" },
  },
});

const ratePerS = 5;
/** Calm between two faults, in requests: 20 to 40 s. */
const calmRequests = { min: 100, max: 200 };
const sampleIntervalMs = 10_000;
/** Memory grows for the first 5000 requests (docs/benchmarks.md), and is judged only in runs that are longer. */
const memoryMinutesMin = 20;
/** The log holds back repetitions for 10 s, and so long a timer for each kind of line. */
const settlingMs = 12_000;

/** Slow enough that something nearly always is in flight. */
const mcu = { window: 8, delayMs: 150 };
const surroundings: TestbedOptions = { mcu };

/** Those that need no other surroundings, and leave the gateway's process alive, which is what is watched. */
const faults = rows.filter(
  ({ group, name, testbed, alone, restarts }) =>
    (testbed === undefined || isDeepStrictEqual(testbed, surroundings)) &&
    alone !== true &&
    restarts !== true &&
    `${group}: ${name}`.includes(values.only),
);

const folder = mkdtempSync(join(tmpdir(), "rrpc-soak-"));
const timerCountFile = join(folder, "timers");
const preload = new URL("count-timers.mjs", import.meta.url).href;
const testbed = await openTestbed({
  ...surroundings,
  env: { NODE_OPTIONS: `--import=${preload} ${nodeOptionsOfUnit()}`, TIMER_COUNT_FILE: timerCountFile },
});

const samples: Sample[] = [];
const recoveriesMs: number[] = [];
const strikeCounts = new Map<FaultRow, number>();
const failures: string[] = [];
const random = new SeededRandom(Number(values.seed));
/** Those that have not yet had their turn: each has one before any has another. */
let waiting: readonly FaultRow[] = [];
const startMs = performance.now();
let calmSinceMs = startMs;

function sample(): void {
  samples.push({
    isCalm: performance.now() - calmSinceMs >= settlingMs,
    ...testbed.gateway.usage(),
    timerCount: Number(readFileSync(timerCountFile, "utf8")),
  });
}

function nextFault(): FaultRow {
  if (waiting.length === 0) waiting = faults;
  const row = random.pick(waiting);
  waiting = waiting.filter((other) => other !== row);
  return row;
}

/** Brings a fault for as long as in the matrix, where more requests flow, and takes it away again. */
async function strike(row: FaultRow): Promise<void> {
  const round = strikeCounts.get(row) ?? 0;
  strikeCounts.set(row, round + 1);
  let rowRatePerS = row.ratePerS ?? ratePerSDefault;
  const lasts = (requests: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, (requests / rowRatePerS) * 1000));
  const flow = (wantedPerS: number) => {
    rowRatePerS = wantedPerS;
    testbed.flow(wantedPerS);
  };
  await row.strike({ ...testbed, lasts, flow }, round % (row.strikes ?? strikesDefault));
}

/** What the first loss of session and cable opens once and for all, such as inotify, is no leak. */
async function warmUp(): Promise<void> {
  await testbed.served();
  await pull(testbed);
  await testbed.lasts(ratePerS);
  await putBack(testbed);
  await breakSession(testbed);
  await testbed.served();
  calmSinceMs = performance.now();
}

async function strikeOnAndOn(): Promise<void> {
  while (performance.now() - startMs < Number(values.minutes) * 60_000) {
    await testbed.lasts(random.whole(calmRequests.min, calmRequests.max));
    const row = nextFault();
    calmSinceMs = Number.POSITIVE_INFINITY;
    await strike(row).catch((error: unknown) => failures.push(`${row.group}: ${row.name}: ${error}`));
    testbed.flow(ratePerS);
    await testbed.mcu.control({ kind: "faults", change: { ...noFaults, delayMs: mcu.delayMs } });
    const recoveryMs = await testbed.served();
    recoveriesMs.push(recoveryMs);
    calmSinceMs = performance.now();
    const atS = Math.round((calmSinceMs - startMs) / 1000);
    process.stdout.write(`${`${atS}`.padStart(5)} s  ${row.group}: ${row.name}: ${duration(recoveryMs)}\n`);
  }
  await testbed.lasts(calmRequests.max);
}

async function soak(): Promise<Figures> {
  testbed.flow(ratePerS);
  await warmUp();
  const sampling = setInterval(sample, sampleIntervalMs);
  const ended = testbed.gateway
    .daemon()
    .ended.then((how) => Promise.reject(new Error(`the gateway ended with ${how}`)));
  await Promise.race([strikeOnAndOn(), ended]).catch((error: unknown) => failures.push(`${error}`));
  clearInterval(sampling);
  return (await testbed.finish()).own;
}

let figures = account(nothing);
let courses: readonly Course[] = [];
try {
  figures = await soak();
  courses = coursesOf(samples);
} catch (error) {
  failures.push(`${error}`);
}
await testbed.close();
rmSync(folder, { recursive: true });

const { broken, breaches: _, errors, ...counts } = figures;
const isJudged = ({ held }: Course) => held !== "residentMiB" || Number(values.minutes) >= memoryMinutesMin;
if (Object.values(broken).some((count) => count > 0)) failures.push(breachesOf(figures).join("\n"));
failures.push(...courses.filter(isJudged).flatMap(({ held, isFlat }) => (isFlat ? [] : [`${held} is not flat`])));
const lines = [
  `${values.minutes} minutes at ${ratePerS} requests/s, seed ${values.seed}: ` +
    `${recoveriesMs.length} strikes of ${strikeCounts.size} faults`,
  Object.entries({ ...counts, ...Object.fromEntries(errors), ...broken })
    .map(([name, count]) => `${name} ${count}`)
    .join(", "),
  `recovery: p50 ${duration(quantile(recoveriesMs, 0.5))}, max ${duration(Math.max(...recoveriesMs))}`,
  ...courses.map((course) => {
    const { held, secondQuarter, lastQuarter } = course;
    return `${held}: ${secondQuarter} → ${lastQuarter}${isJudged(course) ? "" : " (not judged in so short a time)"}`;
  }),
  `peak: ${Math.round(testbed.gateway.peakMiB())} MiB`,
  ...failures.map((failure) => `BROKEN ${failure}`),
];
process.stdout.write(`${lines.join("\n")}\n`);
if (failures.length > 0) process.stderr.write(testbed.gateway.log());
process.exit(failures.length === 0 ? 0 : 1);
