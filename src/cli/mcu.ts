// `rrpc-gateway mcu`: virtual MCUs as a program. What they receive and send are lines on stdout; lines on stdin control them.

import { controlHelp, readControl } from "../lab/mcu/control.ts";
import { formatCounts } from "../lab/mcu/counts.ts";
import { describeObservation } from "../lab/mcu/observation.ts";
import { knownCommands } from "../lab/mcu/plan.ts";
import { startVirtualMcu, type VirtualMcu } from "../lab/mcu/virtual-mcu.ts";
import { wrap } from "../lab/wrap.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { untilInterrupted } from "./interruption.ts";
import { type LineTerminal, openLineTerminal } from "./line-terminal.ts";
import { type BoardToStart, type McuCommandOptions, readMcuOptions } from "./mcu-options.ts";
import { terminalAt } from "./terminal.ts";

/** A board that runs. A name in front of its lines tells it from the others; a single board has none. */
interface Board {
  readonly name: string | undefined;
  readonly running: VirtualMcu;
}

/**
 * Runs virtual MCUs until SIGINT or SIGTERM, or Ctrl-D on a terminal, and resolves to the exit code. The first line on stdout of each is
 * `listening tty=/dev/pts/N`, with ` link=PATH` where there is a link, the last one `counts NAME=N …`. Between them,
 * on a terminal or with `--verbose`, every line both ways; and for each line on stdin `ok …` or `error …`. Where there are several, the
 * board's name and a colon stand in front.
 */
export async function mcu(options: McuCommandOptions): Promise<number> {
  const { problems, boards: toStart } = readMcuOptions(options);
  if (problems.length > 0) return fail("mcu", exitCodes.usage, problems);
  const stopped = untilInterrupted();
  const terminal = openLineTerminal("mcu> ", process.stdin, process.stdout, process.env);
  const verbose = options.verbose === true || process.stdout.isTTY === true;
  const boards: Board[] = [];
  let exitCode: number = exitCodes.ok;
  for (const board of toStart) {
    const running = await start(board, verbose, terminal);
    if (typeof running === "number") exitCode = running;
    else boards.push({ name: board.name, running });
    if (exitCode !== exitCodes.ok) break;
  }
  if (exitCode === exitCodes.ok) {
    if (terminal.isTerminal) terminal.say("type help for the list of words; Ctrl-C or Ctrl-D ends it");
    terminal.listen((line) => void handle(boards, line, terminal.say));
    await Promise.race([stopped, terminal.left]);
  }
  terminal.close();
  for (const { name, running } of boards) {
    await running.close();
    if (exitCode === exitCodes.ok) terminal.say(`${prefix(name)}counts ${formatCounts(running.counts())}`);
  }
  return exitCode;
}

const prefix = (name: string | undefined) => (name === undefined ? "" : `${name}: `);

async function start(
  { name, options }: BoardToStart,
  verbose: boolean,
  { say }: LineTerminal,
): Promise<VirtualMcu | number> {
  const startedAt = performance.now();
  const waiting: string[] = [];
  let isListening = false;
  const log = (line: string) => (isListening ? say(line) : waiting.push(line));
  const seconds = (atMs: number) => ((atMs - startedAt) / 1000).toFixed(4).padStart(10);
  try {
    const running = await startVirtualMcu({
      ...options,
      ...(verbose && {
        observe: (observation, atMs) => log(`${prefix(name)}${seconds(atMs)} ${describeObservation(observation)}`),
      }),
    });
    const { link } = options;
    say(`${prefix(name)}listening tty=${running.tty}${link === undefined ? "" : ` link=${link}`}`);
    for (const line of waiting) say(line);
    isListening = true;
    return running;
  } catch (error) {
    return startFailed(error as NodeJS.ErrnoException, options.link);
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

/** Does what was typed: to the board that the first word names, else to all of them. */
async function handle(boards: readonly Board[], line: string, say: (line: string) => void): Promise<void> {
  const text = line.trim();
  if (text === "") return;
  if (text === "help") {
    help(boards, say);
    return;
  }
  const [first = "", ...rest] = text.split(" ");
  const named = boards.find(({ name }) => name === first);
  const order = named === undefined ? text : rest.join(" ").trim();
  const meant = named === undefined ? boards : [named];
  await Promise.all(meant.map(async ({ name, running }) => say(`${prefix(name)}${await answerTo(running, order)}`)));
}

/** Does one thing to one board; what came of it, as a line. */
async function answerTo(running: VirtualMcu, text: string): Promise<string> {
  if (text === "counts") return `counts ${formatCounts(running.counts())}`;
  const read = readControl(text);
  if (read.kind === "invalid") return `error ${read.problem}`;
  try {
    await running.control(read.control);
    return `ok ${text}`;
  } catch (error) {
    return `error ${text}: ${(error as Error).message}`;
  }
}

function help(boards: readonly Board[], say: (line: string) => void): void {
  const { columns } = terminalAt(process.stdout, process.env);
  const explain = (lines: string, indent: number) => {
    for (const line of lines.split("\n")) for (const part of wrap(line, columns() - 1, indent)) say(part);
  };
  const names = boards.flatMap(({ name }) => name ?? []);
  if (names.length > 0) say(`a name in front means one board, none means all of them: ${names.join(", ")}`);
  say("words that control the MCU:");
  explain(`${controlHelp}\n  ${"counts".padEnd(30)} what has happened so far`, 33);
  say("commands that the MCU knows:");
  explain(knownCommands, 19);
}
