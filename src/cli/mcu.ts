// `rrpc-gateway mcu`: the virtual MCU as a program. What it receives and sends are lines on stdout; lines on stdin control
// it.

import { controlHelp, readControl } from "../lab/mcu/control.ts";
import { formatCounts } from "../lab/mcu/counts.ts";
import { describeObservation } from "../lab/mcu/observation.ts";
import type { VirtualMcuOptions } from "../lab/mcu/options.ts";
import { knownCommands } from "../lab/mcu/plan.ts";
import { startVirtualMcu, type VirtualMcu } from "../lab/mcu/virtual-mcu.ts";
import { wrap } from "../lab/wrap.ts";
import { type Console, openConsole } from "./console.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { untilInterrupted } from "./interruption.ts";
import { type McuCommandOptions, readMcuOptions } from "./mcu-options.ts";
import { terminalAt } from "./terminal.ts";

/**
 * Runs a virtual MCU until SIGINT or SIGTERM, or Ctrl-D on a terminal, and resolves to the exit code. The first line on stdout is
 * `listening tty=/dev/pts/N`, with ` link=PATH` where there is a link, the last one `counts NAME=N …`. Between them,
 * on a terminal or with `--verbose`, every line both ways; and for each line on stdin `ok …` or `error …`.
 */
export async function mcu(options: McuCommandOptions): Promise<number> {
  const { problems, mcuOptions } = readMcuOptions(options);
  if (problems.length > 0) return fail("mcu", exitCodes.usage, problems);
  const stopped = untilInterrupted();
  const terminal = openConsole("mcu> ", process.stdin, process.stdout, process.env);
  const running = await start(options, mcuOptions, terminal);
  if (typeof running === "number") {
    terminal.close();
    return running;
  }
  terminal.listen((line) => void handle(running, line, terminal.say));
  await Promise.race([stopped, terminal.left]);
  terminal.close();
  await running.close();
  terminal.say(`counts ${formatCounts(running.counts())}`);
  return 0;
}

async function start(
  options: McuCommandOptions,
  mcuOptions: VirtualMcuOptions,
  { say, isTerminal }: Console,
): Promise<VirtualMcu | number> {
  const startedAt = performance.now();
  const waiting: string[] = [];
  const verbose = options.verbose === true || process.stdout.isTTY === true;
  let isListening = false;
  const log = (line: string) => (isListening ? say(line) : waiting.push(line));
  const seconds = (atMs: number) => ((atMs - startedAt) / 1000).toFixed(4).padStart(10);
  try {
    const running = await startVirtualMcu({
      ...mcuOptions,
      ...(verbose && {
        observe: (observation, atMs) => log(`${seconds(atMs)} ${describeObservation(observation)}`),
      }),
    });
    const { link } = mcuOptions;
    say(`listening tty=${running.tty}${link === undefined ? "" : ` link=${link}`}`);
    if (isTerminal) say("type help for the list of words; Ctrl-C or Ctrl-D ends it");
    for (const line of waiting) say(line);
    isListening = true;
    return running;
  } catch (error) {
    return startFailed(error as NodeJS.ErrnoException, mcuOptions.link);
  }
}

/** What the system's refusal means to the user; anything else is a bug and is thrown on. */
function startFailed(error: NodeJS.ErrnoException, link: string | undefined): number {
  if (error.syscall?.startsWith("spawn")) {
    return fail("mcu", exitCodes.unavailable, [`a pseudo-terminal needs util-linux's script: ${error.message}`]);
  }
  if (error.code === undefined) throw error;
  // The system's own words name a link beside, which is renamed.
  const why = error.code === "ENOENT" ? `the folder of ${link} is missing; make the folder` : error.message;
  return fail("mcu", exitCodes.cannotCreate, [`--link: ${why}`]);
}

async function handle(running: VirtualMcu, line: string, say: (line: string) => void): Promise<void> {
  const text = line.trim();
  if (text === "") return;
  if (text === "help") {
    const { columns } = terminalAt(process.stdout, process.env);
    const explain = (lines: string, indent: number) => {
      for (const line of lines.split("\n")) for (const part of wrap(line, columns() - 1, indent)) say(part);
    };
    say("words that control the MCU:");
    explain(`${controlHelp}\n  ${"counts".padEnd(30)} what has happened so far`, 33);
    say("commands that the MCU knows:");
    explain(knownCommands, 19);
    return;
  }
  if (text === "counts") {
    say(`counts ${formatCounts(running.counts())}`);
    return;
  }
  const read = readControl(line);
  if (read.kind === "invalid") {
    say(`error ${read.problem}`);
    return;
  }
  try {
    await running.control(read.control);
    say(`ok ${text}`);
  } catch (error) {
    say(`error ${text}: ${(error as Error).message}`);
  }
}
