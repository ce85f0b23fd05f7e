// What `rrpc-gateway bench` is asked for on its command line.

import { publishBytesMax } from "../iot-hub/limits.ts";
import type { Commands } from "../lab/bench/conformance/rule-context.ts";
import { type LoadPlan, requestsMax } from "../lab/bench/load/plan.ts";
import type { Specimen } from "../lab/bench/report/result.ts";
import { type BoardLine, readBoardLine } from "./bench-line.ts";
import type { ResetLine } from "./bench-port.ts";
import { OptionReader, type Problems } from "./option-reader.ts";

/** The options as they stand on the command line. */
export interface BenchCommandOptions {
  readonly serial?: readonly string[];
  readonly virtual?: boolean;
  readonly config?: string;
  /** Names the specimen; with `config` also one of its boards. */
  readonly board?: string;
  readonly serialNumber?: readonly string[];
  readonly operator?: string;
  readonly baud?: string;
  readonly format?: string;
  readonly replyBytesMax?: string;
  readonly lineEnd?: string;
  readonly prompt?: string;
  readonly reset: string;
  readonly only?: string;
  readonly requests?: string;
  readonly durationS?: string;
  readonly rate?: string;
  readonly concurrency?: string;
  readonly sizes?: string;
  readonly cutoffMs?: string;
  readonly plain: string;
  readonly count: string;
  readonly slow?: string;
  /** True: without a file's name. */
  readonly report?: string | true;
  readonly json?: string | true;
  readonly against?: string;
}

/** One board to test. */
export interface BenchSpecimen extends Specimen {
  /** Undefined: the virtual MCU. */
  readonly path: string | undefined;
}

export interface BenchRequest {
  readonly kind: "request";
  /** At least one; several are tested at the same time. */
  readonly specimens: readonly BenchSpecimen[];
  readonly line: BoardLine;
  readonly resetLine: ResetLine;
  readonly passes: { readonly conformance: boolean; readonly load: boolean };
  readonly commands: Commands;
  readonly plan: LoadPlan;
  readonly cutoffMs: number;
  /** An earlier run's JSON to compare with. */
  readonly against: string | undefined;
  /** The files' names, or those of their folders; true: without a name. */
  readonly files: { readonly report: string | true | undefined; readonly json: string | true | undefined };
}

/** Enough for a p99 that is more than one request's luck, and done in seconds. */
const defaultRequests = 500;
/** More daemons at once make each other's figures worse. */
const portsMax = 16;
/** A day. */
const durationSMax = 86_400;

/** What the command line asks for, or everything that is wrong with it. */
export function readBenchOptions(options: BenchCommandOptions): BenchRequest | Problems {
  const reader = new OptionReader();
  const { problems } = reader;

  function specimens(configured: string | undefined): BenchSpecimen[] {
    const paths = options.serial ?? (configured === undefined ? [] : [configured]);
    const numbers = options.serialNumber ?? [];
    if (isVirtual ? options.serial !== undefined : paths.length === 0)
      problems.push("expected either --serial PATH, or --config FILE with serial.path, or --virtual");
    if (numbers.length > Math.max(1, paths.length)) problems.push("--serial-number: more of them than of --serial");
    if (paths.length > 1 && numbers.length > 0 && numbers.length < paths.length)
      problems.push("--serial-number: fewer of them than of --serial; give all, in the same order, or none");
    if (new Set(paths).size < paths.length) problems.push("--serial: the same port twice");
    if (paths.length > portsMax) problems.push(`--serial: at most ${portsMax} ports`);
    const { board, operator } = options;
    for (const [option, texts] of [
      ["--board", [board]],
      ["--serial-number", numbers],
      ["--operator", [operator]],
    ] as const)
      for (const text of texts)
        if (text !== undefined && !/^\P{Cc}{1,100}$/u.test(text))
          problems.push(`${option}: expected 1 to 100 characters, none of them a control character`);
    const wanted = isVirtual ? [undefined] : paths;
    return wanted.map((path, at) => ({ path, board, operator, serialNumber: numbers[at] }));
  }

  function plan(): LoadPlan {
    const durationS = reader.whole("--duration-s", options.durationS, 1, durationSMax);
    const requests = reader.whole("--requests", options.requests, 1, requestsMax);
    const perSecond = reader.whole("--rate", options.rate, 1, 10_000);
    const open = reader.whole("--concurrency", options.concurrency, 1, 1000);
    if (perSecond !== undefined && open !== undefined) problems.push("--rate and --concurrency exclude each other");
    const sizesBytes = (options.sizes?.split(",") ?? []).map((size) =>
      reader.whole("--sizes", size.trim(), 0, publishBytesMax),
    );
    return {
      requests: requests ?? (durationS === undefined ? defaultRequests : undefined),
      durationMs: durationS === undefined ? undefined : durationS * 1000,
      pace: perSecond === undefined ? { kind: "concurrency", open: open ?? 1 } : { kind: "rate", perSecond },
      sizesBytes,
      plain: options.plain,
    };
  }

  const isVirtual = options.virtual === true;
  const line = readBoardLine(options, reader);
  for (const name of ["plain", "count", "slow"] as const) {
    if (/[\p{Cc}\\]/u.test(options[name] ?? "") || options[name] === "")
      problems.push(`--${name}: expected plain text`);
  }
  const only = options.only === undefined ? undefined : reader.oneOf("--only", options.only, ["conformance", "load"]);
  if (only === "conformance" && !line.hasRules)
    problems.push("--only conformance: serial.dialect is template, and the rules are those of the line protocol");
  const request: BenchRequest = {
    kind: "request",
    specimens: specimens(isVirtual ? undefined : line.path),
    line,
    resetLine: reader.oneOf("--reset", options.reset, ["none", "dtr", "rts"]),
    passes: { conformance: only !== "load" && line.hasRules, load: only !== "conformance" },
    commands: {
      plain: options.plain,
      count: options.count,
      // As the firmware example calls it, and the virtual MCU.
      slow: options.slow ?? (isVirtual ? "slow 400" : "wait 400"),
    },
    plan: plan(),
    cutoffMs: reader.whole("--cutoff-ms", options.cutoffMs, 1000, 10_000) ?? line.cutoffMs,
    against: options.against,
    files: { report: options.report, json: options.json },
  };
  return problems.length > 0 ? { kind: "problems", problems } : request;
}
