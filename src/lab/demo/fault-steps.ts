// The steps in which something fails, or ends.
import { setTimeout as sleep } from "node:timers/promises";
import type { Application, Call } from "./application.ts";
import { type Expected, errorDeviations, promptMs, replyDeviations } from "./call-checks.ts";
import { cutoffMs, type DemoBoard, replyTo, type Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { duration } from "./text.ts";

/** After a cut the gateway writes nothing for so long, so that the MCU drops a half line (line protocol, "Half lines"). */
export const silenceMs = 600;

const fromGateway = (code: string, reason: string, executed: string): Expected => {
  return { source: "gateway", code, reason, executed };
};

const hanging = {
  noReply: fromGateway("deadline_exceeded", "no_reply", "unknown"),
  queued: fromGateway("deadline_exceeded", "queued_too_long", "no"),
  stalled: fromGateway("unavailable", "mcu_stalled", "no"),
};

export const pulled = {
  inFlight: fromGateway("aborted", "link_lost", "unknown"),
  out: fromGateway("unavailable", "serial_down", "no"),
};

/** The daemon probes an MCU that did not answer, and waits so long for its hello (serial.probeIntervalMs). */
const probeMs = 1000;

/** The daemon looks for a new device at least once a second, usually at once. */
const recoveryLimitMs = 3000;

/** How often the application repeats a call until then. */
const repeatMs = 20;

/** The firmware hangs: errors at the deadline, then at once. It continues: calls are answered again. */
export async function hangingMcu({ application, mcu }: Scenario, screen: Screen): Promise<void> {
  await mcu.control({ kind: "faults", change: { stall: true } });
  screen.note("two calls at once: one is sent to the MCU, the other waits in the queue");
  const pair = Promise.all([application.call("pump on"), application.call("pump off")]);
  const calls = [...(await screen.whileWaiting(pair, cutoffMs))].sort(byExecuted);
  for (const call of calls) screen.call(call);
  screen.verdict(
    `both get an error before the server's cutoff of ${cutoffMs} ms; only the sent one may have been executed`,
    [
      ...errorDeviations(calls.slice(0, 1), hanging.queued, cutoffMs),
      ...errorDeviations(calls.slice(1), hanging.noReply, cutoffMs),
    ],
  );

  const suspect = await application.call("read temperature");
  screen.call(suspect);
  const away = await application.call("read temperature");
  screen.call(away);
  screen.verdict(`after an unanswered probe the MCU counts as away: refused within ${promptMs} ms, not executed`, [
    ...errorDeviations([suspect], hanging.stalled, probeMs + promptMs),
    ...errorDeviations([away], hanging.stalled, promptMs),
  ]);

  screen.note("the MCU continues, and replies to the call that already has its error: that reply is dropped");
  const since = performance.now();
  await mcu.control({ kind: "faults", change: { stall: false } });
  await checkRecovery(application, screen, since);
}

/** The tty disappears while a command is in flight, and comes back. */
export async function pulledCable(scenario: Scenario, screen: Screen): Promise<void> {
  const { application, mcu } = scenario;
  const [inFlight] = await onceReceived(scenario, scenario.until, "late 1000", () => {
    screen.note("the MCU has the command and will reply in 1 s; now the cable is pulled");
    return mcu.control({ kind: "unplug" });
  });
  screen.call(inFlight);
  const out = await application.call("read temperature");
  screen.call(out);
  screen.verdict(`in flight: aborted within ${promptMs} ms; while the cable is out: refused within ${promptMs} ms`, [
    ...errorDeviations([inFlight], pulled.inFlight, promptMs),
    ...errorDeviations([out], pulled.out, promptMs),
  ]);

  screen.note("the cable is put back; the gateway first waits 0.6 s, so that the MCU drops a half line");
  const since = performance.now();
  await mcu.control({ kind: "plug" });
  await checkRecovery(application, screen, since, silenceMs + promptMs);
}

/** SIGTERM while a command is in flight. */
export async function gracefulStop(scenario: Scenario, screen: Screen): Promise<void> {
  const [call, { exitCode, stopMs }] = await onceReceived(scenario, scenario.until, "slow 300", async () => {
    screen.note("the MCU has the command and needs 300 ms for it");
    const since = performance.now();
    return { exitCode: await scenario.daemon.stop(), stopMs: performance.now() - since };
  });
  screen.call(call);
  screen.verdict(`the open call is answered, then the gateway ends with exit code 0 (${duration(stopMs)})`, [
    ...replyDeviations([call], replyTo, cutoffMs),
    ...(exitCode === 0 ? [] : [`expected exit code 0, found ${exitCode ?? "a signal"}`]),
  ]);
}

/** Makes a call to a board, and does something as soon as its MCU has the command. */
export function onceReceived<T>(
  { application, mcu }: DemoBoard,
  until: Scenario["until"],
  payload: string,
  action: () => Promise<T>,
): Promise<[Call, T]> {
  const commandsBefore = mcu.counts().commands;
  const received = until("no command at the MCU", () => mcu.counts().commands > commandsBefore);
  return Promise.all([application.call(payload), received.then(action)]);
}

/** Repeats a call, as an application may while nothing was executed, until it is answered. `board` is shown with it. */
export async function checkRecovery(
  application: Application,
  screen: Screen,
  since: number,
  answerMsMax = promptMs,
  board?: string,
): Promise<void> {
  let call = await application.call("read temperature");
  while (isRepeatable(call) && performance.now() - since < recoveryLimitMs) {
    await sleep(repeatMs);
    call = await application.call("read temperature");
  }
  const afterMs = performance.now() - since;
  screen.call({ ...call, ...(board !== undefined && { board }) });
  screen.verdict(
    `recovered without help: answered after ${duration(afterMs)}`,
    replyDeviations([call], replyTo, answerMsMax),
  );
}

function isRepeatable({ outcome }: Call): boolean {
  return outcome.kind === "error" && outcome.error.executed === "no";
}

/** Calls that were certainly not executed come first. */
function byExecuted(one: Call, other: Call): number {
  return executedOf(one).localeCompare(executedOf(other));
}

function executedOf({ outcome }: Call): string {
  return outcome.kind === "error" ? outcome.error.executed : "";
}
