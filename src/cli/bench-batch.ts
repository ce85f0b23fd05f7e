// Several boards at once, as at the end of a production line: what stands out is told as it is found, then a table of all.

import { setMaxListeners } from "node:events";
import { type BatchResult, batchTable } from "../lab/bench/report/batch-table.ts";
import { type BenchResult, deviations, verdictOf } from "../lab/bench/report/result.ts";
import { type Terminal, terminalOfOne } from "../lab/bench/report/terminal.ts";
import type { BenchSpecimen } from "./bench-options.ts";
import { type BenchRun, runPasses } from "./bench-run.ts";
import { exitCodes } from "./exit-codes.ts";

/** With room: Node.js warns of more, as of a leak. */
const listenersPerBoard = 10;

export interface BatchOptions extends Omit<BenchRun, "specimen" | "terminal"> {
  readonly terminal: Terminal;
  /** Writes the reports of one board; what the system says against it, in words. */
  readonly write: (specimen: BenchSpecimen, result: BenchResult) => readonly string[];
  /** In words, of whatever ended a run; rethrows what is a bug. */
  readonly faultOf: (error: unknown) => string;
}

/** Tests all of them; returns the exit code, and what could not be written. */
export async function runBatch(
  options: BatchOptions,
): Promise<{ readonly exitCode: number; readonly problems: readonly string[] }> {
  const { terminal, write, faultOf, ...run } = options;
  const { request, signal } = run;
  const problems: string[] = [];
  // Each board waits for the interruption with a few listeners, and removes its files when the process ends.
  setMaxListeners(listenersPerBoard * request.specimens.length, signal, process);
  terminal.title(`rrpc-gateway bench: ${request.specimens.length} boards at once`);
  const results = await Promise.all(
    request.specimens.map(async (specimen): Promise<BatchResult> => {
      const { path = "", serialNumber } = specimen;
      const name = serialNumber ?? path;
      try {
        const result = await runPasses({ ...run, specimen, terminal: terminalOfOne(terminal, name) });
        if (!signal.aborted) {
          problems.push(...write(specimen, result));
          terminal.note(`${name}: ${verdictOf(result)}`);
        }
        return { kind: "tested", path, result };
      } catch (error) {
        const fault = faultOf(error);
        if (!signal.aborted) terminal.note(`${name}: ${fault}`);
        return { kind: "unavailable", path, serialNumber, fault };
      }
    }),
  );
  if (signal.aborted) return { exitCode: exitCodes.interrupted, problems: [] };
  terminal.heading("Boards");
  for (const row of batchTable(results)) terminal.text(row);
  terminal.text("");
  const isUntested = results.some(({ kind }) => kind === "unavailable");
  const isGood = results.every((one) => one.kind === "tested" && deviations(one.result).length === 0);
  return { exitCode: isUntested ? exitCodes.unavailable : isGood ? exitCodes.ok : exitCodes.failed, problems };
}
