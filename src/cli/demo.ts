// `rrpc-gateway demo`: calls from the cloud to an MCU and back, with the simulated hub and MCU around the real daemon.

import { introduce } from "../lab/demo/introduction.ts";
import { openScenario, type Scenario } from "../lab/demo/scenario.ts";
import { createScreen, type Screen } from "../lab/demo/screen.ts";
import { type Step, steps } from "../lab/demo/steps.ts";
import { exitCodes } from "./exit-codes.ts";
import { interruption } from "./interruption.ts";
import { terminalAt } from "./terminal.ts";

/** The daemon logs some thirty lines here; a faulty one must not fill the memory. */
const logLinesMax = 1000;

/**
 * Runs the demo and resolves to its exit code: 0 only if every promise was kept. SIGINT and SIGTERM end it early. Either
 * way nothing that it has started or written is left.
 */
export async function demo({ verbose = false }: { readonly verbose?: boolean }): Promise<number> {
  const startedAt = performance.now();
  const { stdout } = process;
  const terminal = terminalAt(stdout, process.env);
  const { colours, columns, shown } = terminal;
  const moving = terminal.canMove && !verbose;
  const screen = createScreen({ write: (text) => stdout.write(text), colours, moving, columns, shown });
  const signal = interruption();
  const log: string[] = [];
  const onLogLine = (line: string) => {
    if (verbose) screen.note(`│ ${line}`);
    else if (log.length < logLinesMax) log.push(line);
  };
  const exitCode = await show(screen, signal, onLogLine).catch((error: Error) => {
    // When it is interrupted, whatever it waited for fails.
    if (!signal.aborted) screen.verdict("the demo runs to its end", [error.message]);
    return exitCodes.failed;
  });
  if (signal.aborted) {
    screen.heading("interrupted; nothing is left running");
    return exitCodes.interrupted;
  }
  if (exitCode !== exitCodes.ok && log.length > 0) for (const line of ["the gateway's log:", ...log]) screen.note(line);
  screen.end(exitCode === exitCodes.ok, performance.now() - startedAt);
  return exitCode;
}

async function show(screen: Screen, signal: AbortSignal, onLogLine: (line: string) => void): Promise<number> {
  screen.title("rrpc-gateway: one call from the cloud to a microcontroller, and its answer");
  const scenario = await openScenario({ signal, onLogLine });
  try {
    introduce(scenario, screen);
    return await perform(steps, scenario, screen);
  } finally {
    await scenario.close();
  }
}

/** Plays one step after another; the result is the exit code that their verdicts make. */
export async function perform(steps: readonly Step[], scenario: Scenario, screen: Screen): Promise<number> {
  for (const [index, { title, play }] of steps.entries()) {
    screen.heading(`${index + 1}  ${title}`);
    await play(scenario, screen);
  }
  return screen.failedCount() === 0 ? exitCodes.ok : exitCodes.failed;
}
