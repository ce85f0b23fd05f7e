// The demo's acts: each one plays a scene of the journey and judges by what the application got whether it was as
// promised.

import { fill } from "../wrap.ts";
import type { Call } from "./application.ts";
import { type Expected, notAnswered, notRefused, promptMs } from "./judge.ts";
import { gracefulStop, hangingMcu, pulledCable } from "./mishaps.ts";
import type { Screen } from "./screen.ts";
import { cutoffMs, replyTo, type Stage } from "./stage.ts";
import { showSummary } from "./summary.ts";
import { duration, sparkline } from "./text.ts";

export interface Act {
  readonly title: string;
  readonly play: (stage: Stage, screen: Screen) => Promise<void> | void;
}

/** In this order: the last act but one stops the gateway, the last one sums up. */
export const acts: readonly Act[] = [
  { title: "Good calls, one after another", play: goodCalls },
  { title: "Twenty calls at once, for an MCU that takes one at a time", play: twentyAtOnce },
  { title: "The MCU refuses", play: refusal },
  { title: "The MCU hangs: it reads nothing and says nothing", play: hangingMcu },
  { title: "The cable is pulled, and put back", play: pulledCable },
  { title: "The gateway is stopped while a call is open (SIGTERM)", play: gracefulStop },
  { title: "In all", play: summary },
];

/** Ten times what twenty commands take on the wire, one after another; still below the deadline. */
const burstLimitMs = 2000;

async function goodCalls({ application }: Stage, screen: Screen): Promise<void> {
  const calls: Call[] = [];
  for (const payload of ["read temperature", "led on", "motor 90°", "two\nlines"]) {
    const call = await application.call(payload);
    screen.call(call);
    calls.push(call);
  }
  const more: Call[] = [];
  while (more.length < 50) more.push(await application.call("read temperature"));
  showTimes(more, screen);
  screen.verdict(
    `each answered with the MCU's own word, within ${promptMs} ms`,
    notAnswered([...calls, ...more], replyTo, promptMs),
  );
}

async function twentyAtOnce({ application }: Stage, screen: Screen): Promise<void> {
  const payloads = Array.from({ length: 20 }, (_, index) => `valve ${index + 1} open`);
  const calls = await Promise.all(payloads.map((payload) => application.call(payload)));
  showTimes(calls, screen);
  screen.verdict(
    `20 of 20 answered, each with the reply to its own command, within ${burstLimitMs} ms`,
    notAnswered(calls, replyTo, burstLimitMs),
  );
}

async function refusal({ application }: Stage, screen: Screen): Promise<void> {
  const words = "motor is homing";
  const call = await application.call(`refuse busy ${words}`);
  screen.call(call);
  const { outcome } = call;
  if (outcome.kind === "error") {
    screen.note("the payload that the application gets:");
    for (const line of fill(jsonPieces({ error: outcome.error }), screen.width())) screen.plain(line);
  }
  const expected: Expected = { source: "mcu", code: "failed_precondition", reason: "refused", executed: "no" };
  const mcuText = outcome.kind === "error" ? outcome.error.mcuText : undefined;
  screen.verdict(`an error with the MCU's own words, within ${promptMs} ms; not executed`, [
    ...notRefused([call], expected, promptMs),
    ...(mcuText === words ? [] : [`expected mcuText "${words}", found ${JSON.stringify(mcuText)}`]),
  ]);
}

function summary({ application, hubCounts, mcu }: Stage, screen: Screen): void {
  showSummary({ calls: application.calls, hub: hubCounts(), mcu: mcu.counts(), cutoffMs }, screen);
}

/** The times of calls as figures and as a picture, the first call's on the left. */
function showTimes(calls: readonly Call[], screen: Screen): void {
  const times = calls.map(({ ms }) => ms);
  screen.plain(`${calls.length} calls, each in ${duration(Math.min(...times))} to ${duration(Math.max(...times))}`);
  const picture = sparkline(times);
  const width = screen.width();
  for (let from = 0; from < picture.length; from += width) screen.plain(picture.slice(from, from + width));
}

/** JSON in pieces between which a line can end: a member is not torn. */
function jsonPieces(value: object): string[] {
  return JSON.stringify(value, null, 1).split(/\s*\n\s*/);
}
