// Noise and time: a flood without a line end, and many requests in a row, through a tty without pacing.
import type { Bench, Contestant, Gateway } from "./bench.ts";
import { type Figure, required, rounded } from "./figure.ts";
import { expectAllOk } from "./side-by-side.ts";
import { median } from "./statistics.ts";

const floodBytes = 4_000_000;
const floodCpuMsMax = 1000;
/** How far resident memory may wander: what V8's heap and malloc's free lists do by themselves. */
const wanderMibMax = 5;
/** A Node.js that does nothing has 38 where this was measured, and 51 when it has loaded mqtt and serialport. */
const peakMibMax = 60;

/** Now and then many callers come at once: what waits is memory too. */
const burstCount = 100;
const burstEvery = 5000;

/** The plain bridge needs half a minute for the flood (its parser is quadratic). */
const waitMs = 120_000;

export async function measureFlood(bench: Bench): Promise<readonly Figure[]> {
  const ours = await flood(bench, "ours");
  const plain = await flood(bench, "plain");
  const cpu = "flood of 4 MB without a line end: CPU";
  const memory = "flood of 4 MB without a line end: lasting memory";
  const isLean = ours.lastingMib <= wanderMibMax;
  return [
    required(cpu, `< ${floodCpuMsMax} ms`, { text: ms(ours.cpuMs), met: ours.cpuMs < floodCpuMsMax }, ms(plain.cpuMs)),
    required(memory, `≤ ${wanderMibMax} MiB`, { text: mib(ours.lastingMib), met: isLean }, mib(plain.lastingMib)),
  ];
}

async function flood(bench: Bench, contestant: Contestant): Promise<{ cpuMs: number; lastingMib: number }> {
  const { gateway } = await bench.timeStart(contestant, await bench.startMcu({}));
  await exchange(gateway, 1000);
  const before = gateway.usage();
  await gateway.mcu({ kind: "flood", bytes: floodBytes, form: "noise" }, { kind: "send", bytes: "\n" });
  // Its reply comes behind the flood.
  await exchange(gateway, 1);
  const after = gateway.usage();
  await exchange(gateway, 1000);
  const settled = gateway.usage();
  await gateway.stop();
  return {
    cpuMs: (after.cpuUs - before.cpuUs) / 1000,
    lastingMib: (settled.residentKib - before.residentKib) / 1024,
  };
}

export async function measureManyInARow(bench: Bench, count: number): Promise<readonly Figure[]> {
  const { gateway } = await bench.timeStart("ours", await bench.startMcu({}));
  await exchange(gateway, 1000);
  const firstKib = gateway.usage().residentKib;
  const grownMib: number[] = [];
  const startMs = performance.now();
  for (let done = 1000; done < count; done += 1000) {
    await exchange(gateway, 1000);
    if (done % burstEvery === 0)
      expectAllOk(await gateway.load({ kind: "at_once", count: burstCount, waitMs }), burstCount);
    grownMib.push((gateway.usage().residentKib - firstKib) / 1024);
  }
  const perSecond = (count - 1000) / ((performance.now() - startMs) / 1000);
  const { residentPeakKib } = gateway.usage();
  await gateway.stop();
  // Resident memory swings between two collections of garbage.
  const last = grownMib.slice(-Math.ceil(grownMib.length / 4));
  const grown = median(last);
  const text = `${signed(grown)} (${signed(Math.min(...last))} … ${signed(Math.max(...last))}) MiB`;
  const name = `${count} requests in a row, ${burstCount} at once after every ${burstEvery} (${perSecond.toFixed(0)}/s)`;
  return [
    required(`${name}: growth since the first 1000, median of the last quarter`, `within ${wanderMibMax} MiB`, {
      text,
      met: Math.abs(grown) <= wanderMibMax,
    }),
    required(`${name}: peak resident memory`, `≤ ${peakMibMax} MiB`, {
      text: mib(residentPeakKib / 1024),
      met: residentPeakKib / 1024 <= peakMibMax,
    }),
  ];
}

async function exchange(gateway: Gateway, count: number): Promise<void> {
  expectAllOk(await gateway.load({ kind: "in_turn", count, waitMs }), count);
}

const ms = (value: number): string => `${rounded(value)} ms`;
const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`;
const mib = (value: number): string => `${value.toFixed(1)} MiB`;
