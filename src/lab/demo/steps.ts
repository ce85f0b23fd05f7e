// The demo's steps: each one makes calls, and checks what the application got against what is promised.

import { fill } from "../wrap.ts";
import type { Call } from "./application.ts";
import { type Expected, errorDeviations, promptMs, replyDeviations } from "./call-checks.ts";
import { gracefulStop, hangingMcu, pulledCable } from "./fault-steps.ts";
import { cutoffMs, replyTo, type Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { showSummary } from "./summary.ts";
import { showTimes } from "./times.ts";
import { twoBoards } from "./two-boards.ts";

export interface Step {
  readonly title: string;
  readonly play: (scenario: Scenario, screen: Screen) => Promise<void> | void;
}

/** In this order: the last but one stops the gateway, the last one shows the totals. */
export const steps: readonly Step[] = [
  { title: "Good calls, one after another", play: goodCalls },
  { title: "Twenty calls at once, to an MCU that handles one at a time", play: twentyAtOnce },
  { title: "The MCU refuses", play: refusal },
  { title: "The MCU hangs: it reads and sends nothing", play: hangingMcu },
  { title: "The cable is pulled, and put back", play: pulledCable },
  { title: "A second board, the lamp: it is unplugged, and the first one goes on", play: twoBoards },
  { title: "The gateway is stopped while a call is open (SIGTERM)", play: gracefulStop },
  { title: "Totals", play: summary },
];

/** Ten times what twenty commands take on the serial line; still below the deadline. */
const burstLimitMs = 2000;

async function goodCalls({ application }: Scenario, screen: Screen): Promise<void> {
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
    `each answered with the MCU's own reply, within ${promptMs} ms`,
    replyDeviations([...calls, ...more], replyTo, promptMs),
  );
}

async function twentyAtOnce({ application }: Scenario, screen: Screen): Promise<void> {
  const payloads = Array.from({ length: 20 }, (_, index) => `valve ${index + 1} open`);
  const calls = await Promise.all(payloads.map((payload) => application.call(payload)));
  showTimes(calls, screen);
  screen.verdict(
    `20 of 20 answered, each with the reply to its own command, within ${burstLimitMs} ms`,
    replyDeviations(calls, replyTo, burstLimitMs),
  );
}

async function refusal({ application }: Scenario, screen: Screen): Promise<void> {
  const words = "motor is homing";
  const call = await application.call(`refuse busy ${words}`);
  screen.call(call);
  const { outcome } = call;
  if (outcome.kind === "error") {
    screen.note("the application gets this payload:");
    for (const line of fill(jsonPieces({ error: outcome.error }), screen.width())) screen.plain(line);
  }
  const expected: Expected = { source: "mcu", code: "failed_precondition", reason: "refused", executed: "no" };
  const mcuText = outcome.kind === "error" ? outcome.error.mcuText : undefined;
  screen.verdict(`an error with the MCU's own words, within ${promptMs} ms; not executed`, [
    ...errorDeviations([call], expected, promptMs),
    ...(mcuText === words ? [] : [`expected mcuText "${words}", found ${JSON.stringify(mcuText)}`]),
  ]);
}

function summary({ hubCounts, lamp, ...main }: Scenario, screen: Screen): void {
  const calls = [main, lamp].flatMap(({ application }) => application.calls);
  const mcus = [main, lamp].map(({ mcu }) => mcu.counts());
  showSummary({ calls, hub: hubCounts(), mcus, cutoffMs }, screen);
}

/** JSON in pieces: a line may end between two of them, not within a member. */
function jsonPieces(value: object): string[] {
  return JSON.stringify(value, null, 1).split(/\s*\n\s*/);
}
