// Two boards behind one gateway: both at once, then one of them unplugged while the other goes on.
import type { Call } from "./application.ts";
import { errorDeviations, promptMs, replyDeviations } from "./call-checks.ts";
import { checkRecovery, onceReceived, pulled, silenceMs } from "./fault-steps.ts";
import { type DemoBoard, replyTo, type Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { duration } from "./text.ts";
import { showTimes } from "./times.ts";

/** How long each board works on its command; so much longer than {@link promptMs} that two in a row would be seen. */
const workMs = 600;

/** While the lamp is out. */
const callsMeanwhile = 20;

export async function twoBoards(scenario: Scenario, screen: Screen): Promise<void> {
  const { application, lamp, until } = scenario;
  screen.note("for the cloud the lamp is a device of its own; its calls come through the same connection to the hub");
  await bothAtOnce(application, lamp, screen);

  const [inFlight] = await onceReceived(lamp, until, "late 1000", () => {
    screen.note("the lamp has a command; now its cable is pulled");
    return lamp.mcu.control({ kind: "unplug" });
  });
  screen.call({ ...inFlight, board: "lamp" });
  const [out, meanwhile] = await Promise.all([
    callsOf(lamp, "on", 1),
    callsOf(scenario, "read temperature", callsMeanwhile),
  ]);
  for (const call of out) screen.call({ ...call, board: "lamp" });
  screen.note("the first board meanwhile:");
  showTimes(meanwhile, screen);
  screen.verdict(
    `calls to the lamp are refused within ${promptMs} ms; the first board answers each within ${promptMs} ms`,
    [
      ...errorDeviations([inFlight], pulled.inFlight, promptMs),
      ...errorDeviations(out, pulled.out, promptMs),
      ...replyDeviations(meanwhile, replyTo, promptMs),
    ],
  );

  screen.note("the lamp's cable is put back");
  const since = performance.now();
  await lamp.mcu.control({ kind: "plug" });
  await checkRecovery(lamp.application, screen, since, silenceMs + promptMs, "lamp");
}

async function bothAtOnce(application: DemoBoard["application"], lamp: DemoBoard, screen: Screen): Promise<void> {
  const payload = `slow ${workMs}`;
  screen.note(`two calls at once, one to each board, which needs ${workMs} ms for it`);
  const since = performance.now();
  const calls = await Promise.all([application.call(payload), lamp.application.call(payload)]);
  const bothMs = performance.now() - since;
  for (const [at, call] of calls.entries()) screen.call({ ...call, board: at === 0 ? "first" : "lamp" });
  screen.verdict(
    `both answered after ${duration(bothMs)}: the boards do not wait for each other`,
    replyDeviations(calls, replyTo, workMs + promptMs),
  );
}

/** One call after another. */
async function callsOf({ application }: DemoBoard, payload: string, count: number): Promise<Call[]> {
  const calls: Call[] = [];
  while (calls.length < count) calls.push(await application.call(payload));
  return calls;
}
