// The acts in which something on the journey goes wrong, or ends.
import { setTimeout as sleep } from "node:timers/promises";
import type { Application, Call } from "./application.ts";
import { type Expected, notAnswered, notRefused, promptMs } from "./judge.ts";
import type { Screen } from "./screen.ts";
import { cutoffMs, replyTo, type Stage } from "./stage.ts";
import { duration } from "./text.ts";

/** Nothing is written after an opening that follows a cut, so that the MCU drops half a line (line protocol, "Half lines"). */
const silenceMs = 600;

const fromGateway = (code: string, reason: string, executed: string): Expected => {
  return { source: "gateway", code, reason, executed };
};

const hanging = {
  noReply: fromGateway("deadline_exceeded", "no_reply", "unknown"),
  queued: fromGateway("deadline_exceeded", "queued_too_long", "no"),
  stalled: fromGateway("unavailable", "mcu_stalled", "no"),
};

const pulled = {
  inFlight: fromGateway("aborted", "link_lost", "unknown"),
  out: fromGateway("unavailable", "serial_down", "no"),
};

/** The daemon asks an MCU that it doubts whether it is there, and gives it so long (serial.probeIntervalMs). */
const probeMs = 1000;

/** The daemon looks for a device that appeared at least once a second, and at once as a rule. */
const recoveryLimitMs = 3000;

/** How often the application repeats a call meanwhile. */
const repeatMs = 20;

/** The firmware stops: errors in time, then at once; and all is well when it goes on. */
export async function hangingMcu({ application, mcu }: Stage, screen: Screen): Promise<void> {
  await mcu.control({ kind: "faults", change: { stall: true } });
  screen.note("two calls at once: one is on the wire, the other waits its turn");
  const pair = Promise.all([application.call("pump on"), application.call("pump off")]);
  const calls = [...(await screen.whileWaiting(pair, cutoffMs))].sort(byExecuted);
  for (const call of calls) screen.call(call);
  screen.verdict(`both have an honest error before the server's cutoff of ${cutoffMs} ms`, [
    ...notRefused(calls.slice(0, 1), hanging.queued, cutoffMs),
    ...notRefused(calls.slice(1), hanging.noReply, cutoffMs),
  ]);

  const doubted = await application.call("read temperature");
  screen.call(doubted);
  const known = await application.call("read temperature");
  screen.call(known);
  screen.verdict(`once a probe went unanswered it is known to be away: refused within ${promptMs} ms, not executed`, [
    ...notRefused([doubted], hanging.stalled, probeMs + promptMs),
    ...notRefused([known], hanging.stalled, promptMs),
  ]);

  screen.note("the MCU goes on, and replies to the call that has its error already: that reaches nobody");
  const since = performance.now();
  await mcu.control({ kind: "faults", change: { stall: false } });
  await judgeRecovery(application, screen, since);
}

/** The tty is gone while a command is in flight, and comes back. */
export async function pulledCable(stage: Stage, screen: Screen): Promise<void> {
  const { application, mcu } = stage;
  const [inFlight] = await whenHeard(stage, "late 1000", () => {
    screen.note("the MCU has the command and will reply in a second; out comes the cable");
    return mcu.control({ kind: "unplug" });
  });
  screen.call(inFlight);
  const out = await application.call("read temperature");
  screen.call(out);
  screen.verdict(`in flight: aborted within ${promptMs} ms; while it is out: refused within ${promptMs} ms`, [
    ...notRefused([inFlight], pulled.inFlight, promptMs),
    ...notRefused([out], pulled.out, promptMs),
  ]);

  screen.note("the cable is put back; the MCU first gets 0.6 s to drop half a line");
  const since = performance.now();
  await mcu.control({ kind: "plug" });
  await judgeRecovery(application, screen, since, silenceMs + promptMs);
}

/** SIGTERM while a command is in flight. */
export async function gracefulStop(stage: Stage, screen: Screen): Promise<void> {
  const [call, { exitCode, stopMs }] = await whenHeard(stage, "slow 300", async () => {
    screen.note("the MCU has the command and works on it for 300 ms");
    const since = performance.now();
    return { exitCode: await stage.daemon.stop(), stopMs: performance.now() - since };
  });
  screen.call(call);
  screen.verdict(`the open call is answered, then the gateway ends with exit code 0 (${duration(stopMs)})`, [
    ...notAnswered([call], replyTo, cutoffMs),
    ...(exitCode === 0 ? [] : [`expected exit code 0, found ${exitCode ?? "a signal"}`]),
  ]);
}

/** Calls, and does something as soon as the MCU has the command. */
function whenHeard<T>({ application, mcu, until }: Stage, payload: string, deed: () => Promise<T>): Promise<[Call, T]> {
  const commandsBefore = mcu.counts().commands;
  const heard = until("the command's arrival at the MCU", () => mcu.counts().commands > commandsBefore);
  return Promise.all([application.call(payload), heard.then(deed)]);
}

/** An application may repeat what was not executed: so it does, until it has the good answer. */
async function judgeRecovery(
  application: Application,
  screen: Screen,
  since: number,
  answerMsMax = promptMs,
): Promise<void> {
  let call = await application.call("read temperature");
  while (isRepeatable(call) && performance.now() - since < recoveryLimitMs) {
    await sleep(repeatMs);
    call = await application.call("read temperature");
  }
  const afterMs = performance.now() - since;
  screen.call(call);
  screen.verdict(`back by itself: a good answer ${duration(afterMs)} later`, notAnswered([call], replyTo, answerMsMax));
}

function isRepeatable({ outcome }: Call): boolean {
  return outcome.kind === "error" && outcome.error.executed === "no";
}

/** Those that were certainly not executed first. */
function byExecuted(one: Call, other: Call): number {
  return executedOf(one).localeCompare(executedOf(other));
}

function executedOf({ outcome }: Call): string {
  return outcome.kind === "error" ? outcome.error.executed : "";
}
