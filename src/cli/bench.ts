// `rrpc-gateway bench`: checks a board against the line protocol, measures it under load, and writes a report.

import { writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { type Conformance, checkBoard } from "../lab/bench/conformance/check-board.ts";
import { figuresOf } from "../lab/bench/load/figures.ts";
import { runLoad } from "../lab/bench/load/load.ts";
import { resultPage } from "../lab/bench/report/page.ts";
import { type BenchResult, deviations, type Environment, resultJson } from "../lab/bench/report/result.ts";
import { createTerminal, type Terminal } from "../lab/bench/report/terminal.ts";
import { type BenchCommandOptions, type BenchRequest, readBenchOptions } from "./bench-options.ts";
import { openBoardPort } from "./bench-port.ts";
import { startVirtualBoard } from "./bench-virtual.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { interruption } from "./interruption.ts";
import { terminalAt } from "./terminal.ts";

/** The board under test: where it is, and how it is restarted if no modem line does it. */
interface BenchBoard {
  readonly path: string;
  readonly restart?: () => Promise<void>;
  close(): Promise<void>;
}

/**
 * Runs the requested passes and resolves to the exit code: 0 if there are no deviations, 1 if there are, 69 if the port
 * cannot be opened or fails, 73 if a report cannot be written. Nothing that it has started is left.
 */
export async function bench(options: BenchCommandOptions, version: string): Promise<number> {
  const request = readBenchOptions(options);
  if (request.kind === "problems") return fail("bench", exitCodes.usage, request.problems);
  const { files } = request;
  const named = [files.report, files.json].filter((file) => file !== undefined);
  // Before the passes, so that an hour's results are not lost to a wrong path.
  const unwritable = named.flatMap((file) => writeProblem(file, "", "a"));
  if (unwritable.length > 0) return fail("bench", exitCodes.cannotCreate, unwritable);
  const signal = interruption();
  const terminal = terminalOf(process.stdout);
  try {
    const result = await runPasses(request, version, terminal, signal);
    if (signal.aborted) return giveUp(terminal);
    terminal.end(result);
    const problems = [
      ...(files.report === undefined ? [] : writeProblem(files.report, resultPage(result))),
      ...(files.json === undefined ? [] : writeProblem(files.json, resultJson(result))),
    ];
    if (problems.length > 0) return fail("bench", exitCodes.cannotCreate, problems);
    return deviations(result).length === 0 ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (signal.aborted) return giveUp(terminal);
    if (!(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError) throw error;
    return fail("bench", exitCodes.unavailable, [error.message]);
  }
}

async function runPasses(
  request: BenchRequest,
  version: string,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<BenchResult> {
  const { path, format, plan, cutoffMs, passes } = request;
  const board: BenchBoard = path === undefined ? await startVirtualBoard(format.baudRate) : { path, async close() {} };
  try {
    const environment = environmentOf(request, version, board.path);
    terminal.title(`rrpc-gateway bench: ${environment.port}, ${environment.format}`);
    const conformance = passes.conformance ? await conformancePass(request, board, terminal, signal) : undefined;
    if (!passes.load || signal.aborted) return { environment, conformance, load: undefined };
    terminal.heading("Load");
    const bitsPerByte = 1 + format.dataBits + (format.parity === "none" ? 0 : 1) + format.stopBits;
    const startedAt = performance.now();
    const result = await runLoad({
      plan,
      serial: { path: board.path, ...format },
      timing: { bitsPerByte, baudRate: format.baudRate },
      cutoffMs,
      signal,
      onProgress(ended, failed) {
        const byTime = plan.durationMs === undefined ? 0 : (performance.now() - startedAt) / plan.durationMs;
        const share = Math.max(byTime, plan.requests === undefined ? 0 : ended / plan.requests);
        terminal.progress(share, `${ended} requests${failed > 0 ? `, ${failed} not answered` : ""}`);
      },
    });
    const figures = figuresOf(result.records, cutoffMs);
    terminal.load(figures, result);
    return { environment, conformance, load: { result, figures } };
  } finally {
    await board.close();
  }
}

async function conformancePass(
  request: BenchRequest,
  board: BenchBoard,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Conformance> {
  terminal.heading("Conformance to docs/line-protocol.md");
  const port = await openBoardPort(board.path, request.format, request.resetLine, board.restart);
  // The next write fails then, and with it the pass.
  signal.addEventListener("abort", () => void port.close());
  try {
    const conformance = await checkBoard(port, request.commands, request.settings, terminal.rule);
    const { hello } = conformance;
    if (hello === undefined) terminal.note("it sends no hello: only the rules for every board are checked");
    return conformance;
  } finally {
    await port.close();
  }
}

function environmentOf(
  { path, formatText, commands, cutoffMs }: BenchRequest,
  version: string,
  tty: string,
): Environment {
  return {
    startedAt: new Date(),
    version,
    node: process.version,
    machine: `${process.platform} ${release()}, ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}`,
    port: path ?? `virtual MCU (${tty})`,
    format: formatText,
    commands,
    cutoffMs,
  };
}

function terminalOf(stdout: NodeJS.WriteStream): Terminal {
  const { colours, canMove, columns, shown } = terminalAt(stdout, process.env);
  return createTerminal({ write: (text) => stdout.write(shown(text)), colours, moving: canMove, columns });
}

function giveUp(terminal: Terminal): number {
  terminal.heading("interrupted; nothing is left running");
  return exitCodes.interrupted;
}

/** Writes the file; what the system says against it, in words. */
function writeProblem(path: string, text: string, flag: "w" | "a" = "w"): string[] {
  try {
    writeFileSync(path, text, { flag });
    return [];
  } catch (error) {
    return [(error as Error).message];
  }
}
