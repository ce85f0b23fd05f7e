// `rrpc-gateway console`: a line terminal for the protocol, through the running gateway or straight at a free port.
import { createInterface } from "node:readline";
import { setImmediate as afterwards } from "node:timers/promises";
import { atPort } from "../console/at-port.ts";
import type { ConsoleEnd, ConsoleMessage } from "../console/board.ts";
import { entryHelp } from "../console/entry.ts";
import { borrowPort } from "../console/port-loan.ts";
import { Screen, type Style } from "../console/screen.ts";
import { Script } from "../console/script.ts";
import { type Result, Session } from "../console/session.ts";
import { throughGateway } from "../console/through-gateway.ts";
import { nameProcess } from "../host/processes.ts";
import { wrap } from "../lab/wrap.ts";
import { monotonicClock } from "../runtime/clock.ts";
import { visibleJson } from "../runtime/text.ts";
import { type HistoryFile, linesMax, openHistory } from "./console-history.ts";
import { type ConsoleCommandOptions, type ConsoleLine, type ConsoleWay, findWay } from "./console-options.ts";
import { callExitCodes, exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { untilInterrupted } from "./interruption.ts";
import { type LineTerminal, openLineTerminal } from "./line-terminal.ts";
import { terminalAt, untilNobodyReads } from "./terminal.ts";

/** By what came of what was typed: those of `call`. */
const resultCodes: Readonly<Record<Result, number>> = {
  done: callExitCodes.answered,
  not_executed: callExitCodes.notExecuted,
  perhaps_executed: callExitCodes.perhapsExecuted,
  wrong: exitCodes.usage,
};

const endCodes = {
  usage: exitCodes.usage,
  unavailable: exitCodes.unavailable,
  no_permission: exitCodes.noPermission,
} as const;

const sgr: Readonly<Record<Style, string>> = { sent: "36", received: "32", good: "1;32", bad: "1;31", plain: "" };

/**
 * Takes lines from standard input until it ends, a person leaves, or there is no way to the board any more. On a terminal each is
 * done at once; from a pipe or a file one after the other, and the exit code is that of the worst.
 */
export async function console(options: ConsoleCommandOptions): Promise<number> {
  let history: HistoryFile | undefined;
  try {
    history = options.history === undefined ? undefined : openHistory(options.history);
  } catch (error) {
    return fail("console", exitCodes.usage, [`--history ${options.history}: ${(error as Error).message}`]);
  }
  const way = await findWay(options);
  if (way.kind === "refused") return fail("console", way.exitCode, way.problems);
  // For the gateway's log.
  nameProcess("rrpc-gateway");
  const interrupted = untilInterrupted();
  const { stdin, stdout, env } = process;
  const terminal = openLineTerminal("> ", stdin, stdout, env, history ?? { lines: [], linesMax });
  let isLeaving = false;
  const printed = options.json === true ? jsonPrinter(terminal) : textPrinter(terminal);
  const show = (message: ConsoleMessage) => {
    if (!isLeaving) printed(message);
  };
  const session = startSession(way, terminal, show);
  show({ kind: "note", text: introduction(way, terminal.isTerminal) });
  const code = terminal.isTerminal
    ? await beTypedAt(session, terminal, history, interrupted)
    : await beScripted(session, show, interrupted, options.stopAtError === true);
  isLeaving = true;
  terminal.close();
  await session.close();
  return code;
}

async function beTypedAt(
  session: Session,
  terminal: LineTerminal,
  history: HistoryFile | undefined,
  interrupted: Promise<void>,
): Promise<number> {
  const left = Promise.race([typedLines(terminal, session, history), terminal.left, interrupted]);
  const end = await Promise.race([session.ended, left.then(() => "left" as const)]);
  if (end === "left") return exitCodes.ok;
  terminal.close();
  return fail("console", endCodes[end.why], [end.text]);
}

async function beScripted(
  session: Session,
  show: (message: ConsoleMessage) => void,
  interrupted: Promise<void>,
  stopsAtError: boolean,
): Promise<number> {
  const script = new Script({ session, note: (text) => show({ kind: "note", text }), stopsAtError });
  const unread = untilNobodyReads().then((): ConsoleEnd => unreadEnd);
  const done = session.ready.then(() => script.run(pipedLines()));
  const end = await Promise.race([
    session.ended,
    unread,
    done.then(() => "done" as const),
    interrupted.then(() => "interrupted" as const),
  ]);
  // Else a pipe that stays open keeps the process.
  process.stdin.destroy();
  // With its end the gateway has also told what came of the line in flight, which says more.
  await afterwards();
  if (end === "done") return resultCodes[script.worst];
  if (end === "interrupted") return fail("console", exitCodes.interrupted, [script.progress]);
  const code = script.worst === "perhaps_executed" ? resultCodes[script.worst] : endCodes[end.why];
  return fail("console", code, [end.text, script.progress]);
}

const unreadEnd: ConsoleEnd = { why: "unavailable", text: "nobody reads what is shown any more" };

function startSession(
  way: Exclude<ConsoleWay, { readonly kind: "refused" }>,
  terminal: LineTerminal,
  show: (message: ConsoleMessage) => void,
): Session {
  const waits = terminal.isTerminal;
  const clock = monotonicClock();
  const help = () => tellHelp(terminal, way.kind === "gateway");
  if (way.kind === "port") {
    const { line } = way;
    return new Session({ open: (tell) => atPort({ ...line, clock, waits }, tell), lender: undefined, show, help });
  }
  const { socket, board, line } = way;
  return new Session({
    open: (tell) => throughGateway({ socket, board, waits }, tell),
    lender: {
      borrow: async (forMs) =>
        typeof line === "string" ? { kind: "refused", text: line } : await borrowPort(socket, board, forMs),
      open: ({ path, baudRate }, tell) => {
        const { serial, ...others } = line as ConsoleLine;
        return atPort({ ...others, serial: { ...serial, path, baudRate }, clock, waits }, tell);
      },
    },
    show,
    help,
  });
}

function introduction(way: Exclude<ConsoleWay, { readonly kind: "refused" }>, isTerminal: boolean): string {
  const hint = isTerminal ? "; /help lists what can be typed, Ctrl-D leaves" : "";
  if (way.kind === "gateway") return `through the gateway at ${way.socket}${hint}`;
  const { path, baudRate } = way.line.serial;
  return `${way.why === undefined ? "" : `${way.why}: `}straight at ${path}, ${baudRate} baud${hint}`;
}

/** A person's lines, each done at once; resolves when one leaves. */
function typedLines(terminal: LineTerminal, session: Session, history: HistoryFile | undefined): Promise<void> {
  return new Promise((resolve) => {
    terminal.listen((line) => {
      const problem = line.trim() === "" ? undefined : history?.add(line);
      if (problem !== undefined) terminal.say(`--history: ${problem}`);
      void session.take(line).then((result) => result === "left" && resolve());
    });
  });
}

/** A program's lines, each byte a character: what is no text is not changed on the way. */
function pipedLines(): AsyncIterable<string> {
  return createInterface({ input: process.stdin.setEncoding("latin1") });
}

/** What programs read goes to standard output, one line of JSON each; the rest to standard error. */
function jsonPrinter(terminal: LineTerminal): (message: ConsoleMessage) => void {
  const screen = new Screen();
  return (message) => {
    const isForPeople = message.kind === "note" || message.kind === "unanswered";
    if (!isForPeople) terminal.say(visibleJson(message));
    else if (!terminal.isTerminal || message.kind !== "note")
      process.stderr.write(`${screen.lineOf(message, new Date().toISOString())?.text}\n`);
  };
}

function textPrinter(terminal: LineTerminal): (message: ConsoleMessage) => void {
  const screen = new Screen();
  const { colours } = terminalAt(process.stdout, process.env);
  return (message) => {
    const line = screen.lineOf(message, new Date().toISOString());
    if (line === undefined) return;
    const { text, style } = line;
    terminal.say(colours && sgr[style] !== "" ? `\x1b[${sgr[style]}m${text}\x1b[0m` : text);
  };
}

function tellHelp(terminal: LineTerminal, isLent: boolean): void {
  const { columns } = terminalAt(process.stdout, process.env);
  for (const [typed, does] of entryHelp(isLent))
    for (const part of wrap(`${typed.padEnd(18)} ${does}`, columns() - 1, 19)) terminal.say(part);
}
