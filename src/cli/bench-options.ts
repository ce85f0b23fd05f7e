// What `rrpc-gateway bench` is asked for on its command line.

import { publishBytesMax } from "../iot-hub/limits.ts";
import type { LineSettings } from "../lab/bench/conformance/board.ts";
import type { Commands } from "../lab/bench/conformance/rule-context.ts";
import { type LoadPlan, requestsMax } from "../lab/bench/load/plan.ts";
import type { WireFormat } from "../protocol/wire-time.ts";
import type { ResetLine } from "./bench-port.ts";
import { OptionReader, type Problems } from "./option-reader.ts";

/** The options as they stand on the command line. */
export interface BenchCommandOptions {
  readonly serial?: string;
  readonly virtual?: boolean;
  readonly baud: string;
  readonly format: string;
  readonly reset: string;
  readonly only?: string;
  readonly requests?: string;
  readonly durationS?: string;
  readonly rate?: string;
  readonly concurrency?: string;
  readonly sizes?: string;
  readonly cutoffMs: string;
  readonly plain: string;
  readonly count: string;
  readonly slow?: string;
  readonly report?: string;
  readonly json?: string;
}

export interface BenchRequest {
  readonly kind: "request";
  /** Undefined: the virtual MCU. */
  readonly path: string | undefined;
  readonly format: WireFormat;
  readonly formatText: string;
  readonly resetLine: ResetLine;
  readonly passes: { readonly conformance: boolean; readonly load: boolean };
  readonly commands: Commands;
  readonly settings: LineSettings;
  readonly plan: LoadPlan;
  readonly cutoffMs: number;
  readonly files: { readonly report: string | undefined; readonly json: string | undefined };
}

/** Enough for a p99 that is more than one request's luck, and done in seconds. */
const defaultRequests = 500;
/** A day. */
const durationSMax = 86_400;

const parities = { N: "none", E: "even", O: "odd" } as const;

/** What the command line asks for, or everything that is wrong with it. */
export function readBenchOptions(options: BenchCommandOptions): BenchRequest | Problems {
  const reader = new OptionReader();
  const { problems } = reader;

  function format(): WireFormat {
    const [, data = "8", parity = "N", stop = "1"] = /^([78])([NEO])([12])$/.exec(options.format) ?? [];
    if (`${data}${parity}${stop}` !== options.format)
      problems.push(`--format: expected such as 8N1, found "${options.format}"`);
    return {
      baudRate: reader.whole("--baud", options.baud, 300, 4_000_000),
      dataBits: data === "7" ? 7 : 8,
      parity: parities[parity as keyof typeof parities],
      stopBits: stop === "2" ? 2 : 1,
    };
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
  if (isVirtual === (options.serial !== undefined)) problems.push("either --serial PATH or --virtual");
  for (const name of ["plain", "count", "slow"] as const) {
    if (/[\p{Cc}\\]/u.test(options[name] ?? "") || options[name] === "")
      problems.push(`--${name}: expected plain text`);
  }
  const only = options.only === undefined ? undefined : reader.oneOf("--only", options.only, ["conformance", "load"]);
  const request: BenchRequest = {
    kind: "request",
    path: options.serial,
    format: format(),
    formatText: `${options.baud} ${options.format}`,
    resetLine: reader.oneOf("--reset", options.reset, ["none", "dtr", "rts"]),
    passes: { conformance: only !== "load", load: only !== "conformance" },
    commands: {
      plain: options.plain,
      count: options.count,
      // As the firmware example calls it, and the virtual MCU.
      slow: options.slow ?? (isVirtual ? "slow 400" : "wait 400"),
    },
    settings: { replyBytesMax: 2048, lineEnd: "lf", prompt: undefined },
    plan: plan(),
    cutoffMs: reader.whole("--cutoff-ms", options.cutoffMs, 1000, 10_000),
    files: { report: options.report, json: options.json },
  };
  return problems.length > 0 ? { kind: "problems", problems } : request;
}
