// One run of the bench on one board: the requested passes, and everything that is to be known of how they ran.

import { realpathSync } from "node:fs";
import { cpus, release } from "node:os";
import { attempt } from "../host/attempt.ts";
import { stableNames } from "../host/serial-ports.ts";
import { type Conformance, checkBoard } from "../lab/bench/conformance/check-board.ts";
import { figuresOf } from "../lab/bench/load/figures.ts";
import { runLoad } from "../lab/bench/load/load.ts";
import { type CurrentRun, compare } from "../lab/bench/report/compare.ts";
import type { EarlierRun } from "../lab/bench/report/earlier-run.ts";
import type { BenchResult, Environment } from "../lab/bench/report/result.ts";
import type { Terminal } from "../lab/bench/report/terminal.ts";
import { bitsPerCharacter } from "../protocol/wire-time.ts";
import { formatText } from "./bench-line.ts";
import type { BenchRequest, BenchSpecimen } from "./bench-options.ts";
import { type OpenBoardPort, openBoardPort } from "./bench-port.ts";
import { startVirtualBoard } from "./bench-virtual.ts";

/** The board under test: where it is, and how it is restarted if no modem line does it. */
interface BenchBoard {
  readonly path: string;
  readonly restart?: () => Promise<void>;
  close(): Promise<void>;
}

/** What a run needs besides its request. */
export interface BenchRun {
  readonly request: BenchRequest;
  readonly specimen: BenchSpecimen;
  readonly earlier: EarlierRun | undefined;
  readonly version: string;
  readonly startedAt: Date;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Runs the requested passes. Nothing that it has started is left when it settles. Rejects if the port fails. */
export async function runPasses(run: BenchRun): Promise<BenchResult> {
  const { request, specimen, earlier, terminal, signal } = run;
  const { path } = specimen;
  const { line, plan, cutoffMs, passes } = request;
  const board: BenchBoard =
    path === undefined ? await startVirtualBoard(line.format.baudRate) : { path, close: () => Promise.resolve() };
  try {
    // First, so that a port that cannot be had is told at once, and not by the gateway's silence.
    const port = await openBoardPort(board.path, line.format, line.control, request.resetLine, board.restart);
    if (!passes.conformance) await port.close();
    const environment = environmentOf(run, board.path);
    terminal.title(`rrpc-gateway bench: ${environment.port}, ${environment.format}`);
    if (!line.hasRules) terminal.note("serial.dialect is template: the rules of the line protocol are not checked");
    const conformance = passes.conformance ? await conformancePass(run, port) : undefined;
    const against = (load: CurrentRun["load"]) =>
      earlier && compare(earlier, { format: environment.format, conformance, load });
    if (!passes.load || signal.aborted)
      return { environment, conformance, load: undefined, against: against(undefined) };
    terminal.heading("Load");
    const { format, sections } = line;
    const startedAt = performance.now();
    const result = await runLoad({
      plan,
      serial: { ...sections.serial, path: board.path, baudRate: format.baudRate },
      rrpc: sections.rrpc,
      timing: { bitsPerByte: bitsPerCharacter(format), baudRate: format.baudRate },
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
    return { environment, conformance, load: { result, figures }, against: against({ plan: result.plan, figures }) };
  } finally {
    await board.close();
  }
}

/** Closes the port at its end. */
async function conformancePass({ request, terminal, signal }: BenchRun, port: OpenBoardPort): Promise<Conformance> {
  terminal.heading("Conformance to docs/line-protocol.md");
  const { line, commands } = request;
  // The next write fails then, and with it the pass.
  signal.addEventListener("abort", () => void port.close());
  try {
    const conformance = await checkBoard(port, commands, line.settings, terminal.rule);
    const { hello } = conformance;
    if (hello === undefined) terminal.note("it sends no hello: only the rules for every board are checked");
    return conformance;
  } finally {
    await port.close();
  }
}

function environmentOf({ request, specimen, version, startedAt }: BenchRun, tty: string): Environment {
  const { line, commands, cutoffMs } = request;
  const { path, board, serialNumber, operator } = specimen;
  return {
    startedAt,
    specimen: { board, serialNumber, operator },
    adapter: path === undefined ? undefined : adapterAt(path),
    version,
    node: process.version,
    machine: `${process.platform} ${release()}, ${process.arch}, ${cpus().length} × ${cpus()[0]?.model ?? "CPU"}`,
    port: path ?? `virtual MCU (${tty})`,
    format: formatText(line.format),
    commands,
    cutoffMs,
    replyBytesMax: line.settings.replyBytesMax,
  };
}

function adapterAt(path: string): string | undefined {
  const device = attempt(() => realpathSync(path));
  return stableNames().find((name) => name.device === device && name.name.startsWith("/dev/serial/by-id/"))?.name;
}
