// `rrpc-gateway bench`: checks boards against the line protocol, measures them under load, and writes reports.

import { readFileSync } from "node:fs";
import { type EarlierRun, readEarlierRun } from "../lab/bench/report/earlier-run.ts";
import { deviations } from "../lab/bench/report/result.ts";
import { createTerminal, type Terminal } from "../lab/bench/report/terminal.ts";
import { runBatch } from "./bench-batch.ts";
import { filesOf, writeProblems, writeReports } from "./bench-files.ts";
import { type BenchCommandOptions, type BenchSpecimen, readBenchOptions } from "./bench-options.ts";
import { type BenchRun, runPasses } from "./bench-run.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { interruption } from "./interruption.ts";
import { terminalAt } from "./terminal.ts";

/**
 * Runs the requested passes and resolves to the exit code: 0 if there are no deviations, 1 if there are, 69 if a port
 * cannot be opened or fails, 73 if a report cannot be written. Nothing that it has started is left.
 */
export async function bench(options: BenchCommandOptions, version: string): Promise<number> {
  const request = readBenchOptions(options);
  if (request.kind === "problems") return fail("bench", exitCodes.usage, request.problems);
  const earlier = readEarlier(request.against);
  if (typeof earlier === "string") return fail("bench", exitCodes.usage, [earlier]);
  const startedAt = new Date();
  const filesFor = (specimen: BenchSpecimen) => filesOf(request, specimen, startedAt);
  const unwritable = writeProblems(request.specimens.map(filesFor));
  if (unwritable.length > 0) return fail("bench", exitCodes.cannotCreate, unwritable);
  const signal = interruption();
  const terminal = terminalOf(process.stdout);
  const run = { request, earlier, version, startedAt, signal };
  const [specimen, ...others] = request.specimens;
  if (specimen === undefined || others.length > 0) {
    const write = (one: BenchSpecimen, result: Parameters<typeof writeReports>[1]) =>
      writeReports(filesFor(one), result);
    const { exitCode, problems } = await runBatch({ ...run, terminal, write, faultOf });
    if (signal.aborted) return giveUp(terminal);
    return problems.length > 0 ? fail("bench", exitCodes.cannotCreate, problems) : exitCode;
  }
  return await runOne({ ...run, specimen, terminal }, filesFor(specimen));
}

async function runOne(run: BenchRun, files: ReturnType<typeof filesOf>): Promise<number> {
  const { signal, terminal } = run;
  try {
    const result = await runPasses(run);
    if (signal.aborted) return giveUp(terminal);
    terminal.end(result);
    const problems = writeReports(files, result);
    if (problems.length > 0) return fail("bench", exitCodes.cannotCreate, problems);
    for (const file of Object.values(files)) terminal.note(`written: ${file}`);
    return deviations(result).length === 0 ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (signal.aborted) return giveUp(terminal);
    return fail("bench", exitCodes.unavailable, [faultOf(error)]);
  }
}

function faultOf(error: unknown): string {
  if (!(error instanceof Error) || error instanceof TypeError || error instanceof ReferenceError) throw error;
  return error.message;
}

/** The run to compare with; what is wrong with its file, in words. */
function readEarlier(file: string | undefined): EarlierRun | string | undefined {
  if (file === undefined) return undefined;
  try {
    const run = readEarlierRun(readFileSync(file, "utf8"));
    return typeof run === "string" ? `--against ${file}: ${run}` : run;
  } catch (error) {
    return `--against: ${(error as Error).message}`;
  }
}

function terminalOf(stdout: NodeJS.WriteStream): Terminal {
  const { colours, canMove, columns, shown } = terminalAt(stdout, process.env);
  return createTerminal({ write: (text) => stdout.write(shown(text)), colours, moving: canMove, columns });
}

function giveUp(terminal: Terminal): number {
  terminal.heading("interrupted; nothing is left running");
  return exitCodes.interrupted;
}
