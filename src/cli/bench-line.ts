// The board's serial line: what the gateway's configuration says of it, what the command line says, and the defaults.

import { loadSettings } from "../config/load.ts";
import type { Settings } from "../config/options.ts";
import { serial as serialOptions } from "../config/serial-options.ts";
import { responseWaitMs } from "../iot-hub/limits.ts";
import type { LineSettings } from "../lab/bench/conformance/board.ts";
import type { WireFormat } from "../protocol/wire-time.ts";
import type { PortOptions } from "../serial/open-port.ts";
import type { OptionReader } from "./option-reader.ts";

/** How to open the port, and what the gateway makes of its lines. */
export interface BoardLine {
  /** Of the configuration, if there is one. */
  readonly path: string | undefined;
  readonly format: WireFormat;
  readonly control: Omit<PortOptions, "path" | keyof WireFormat>;
  readonly settings: LineSettings;
  /** For the configuration of the load's gateway: everything that differs from the defaults. */
  readonly sections: {
    readonly serial: Readonly<Record<string, unknown>>;
    readonly rrpc: Readonly<Record<string, unknown>>;
  };
  readonly cutoffMs: number;
  /** Whether the board speaks the line protocol, so that there are rules to check. */
  readonly hasRules: boolean;
}

/** What the command line says of the line. */
export interface LineCommandOptions {
  readonly config?: string;
  readonly board?: string;
  readonly baud?: string;
  readonly format?: string;
  readonly replyBytesMax?: string;
  readonly lineEnd?: string;
  readonly prompt?: string;
}

/** What a file has for one board. */
export type BoardSections = Pick<Settings, "serial" | "rrpc" | "events">;

const parities = { N: "none", E: "even", O: "odd" } as const;

/** Adds what is wrong to the reader's problems. */
export function readBoardLine(options: LineCommandOptions, reader: OptionReader): BoardLine {
  const configured = options.config === undefined ? undefined : boardIn(options.config, options.board, reader);
  const serial = configured?.serial;
  const { replyBytesMax, baudRate } = serialOptions.options;
  const within = (option: string, text: string | undefined, { min, max }: typeof replyBytesMax | typeof baudRate) =>
    reader.whole(option, text, min, max);
  const format = {
    baudRate: within("--baud", options.baud, baudRate) ?? serial?.baudRate ?? baudRate.default,
    ...formatOf(options.format, reader, serial),
  };
  const settings: LineSettings = {
    replyBytesMax:
      within("--reply-bytes-max", options.replyBytesMax, replyBytesMax) ??
      serial?.replyBytesMax ??
      replyBytesMax.default,
    lineEnd:
      options.lineEnd === undefined
        ? (serial?.lineEnd ?? "lf")
        : reader.oneOf("--line-end", options.lineEnd, ["lf", "cr"]),
    prompt: options.prompt ?? serial?.prompt,
    dataBits: format.dataBits,
  };
  const { rtscts = false, xonxoff = false, dtr = "leave", rts = "leave" } = serial ?? {};
  return {
    path: serial?.path,
    format,
    control: { rtscts, xonxoff, dtr, rts },
    settings,
    sections: { serial: { ...forGateway(serial), ...format, ...settings }, rrpc: { ...configured?.rrpc } },
    cutoffMs: configured?.rrpc.cutoffMs ?? responseWaitMs,
    hasRules: serial?.dialect !== "template",
  };
}

/** The sections of the board that the command line names, or of the only one. */
export function boardIn(file: string, name: string | undefined, { problems }: OptionReader): BoardSections | undefined {
  const loaded = loadSettings(file);
  if (loaded.kind === "refused") {
    for (const { line, path, expected, found } of loaded.findings)
      problems.push(`--config ${file}:${line}: ${path === "" ? "" : `${path}: `}expected ${expected}, found ${found}`);
    return undefined;
  }
  const { settings } = loaded;
  const names = Object.keys(settings.boards);
  if (names.length === 0) return settings;
  const board = settings.boards[name ?? (names.length === 1 ? (names[0] ?? "") : "")];
  if (board === undefined) problems.push(`--board: expected one of the boards in ${file}: ${names.join(", ")}`);
  return board;
}

/** Without what the bench does itself, and without what its simulated hub has no use for. */
function forGateway(serial: BoardSections["serial"] | undefined): Readonly<Record<string, unknown>> {
  if (serial === undefined) return {};
  const { path: _path, recovery: _recovery, template, ...others } = serial;
  return serial.dialect === "template" ? { ...others, template } : others;
}

type ByteFormat = Pick<BoardSections["serial"], "dataBits" | "parity" | "stopBits">;

/** What the command line says of the bytes on the line, or else the configuration. */
export function formatOf(
  text: string | undefined,
  { problems }: OptionReader,
  configured: ByteFormat | undefined,
): ByteFormat {
  const { dataBits = 8, parity = "none", stopBits = 1 } = configured ?? {};
  if (text === undefined) return { dataBits, parity, stopBits };
  const [, data, letter, stop] = /^([78])([NEO])([12])$/.exec(text) ?? [];
  if (data === undefined) problems.push(`--format: expected such as 8N1, found "${text}"`);
  return {
    dataBits: data === "7" ? 7 : 8,
    parity: parities[letter as keyof typeof parities] ?? "none",
    stopBits: stop === "2" ? 2 : 1,
  };
}

/** Such as `115200 8N1`. */
export function formatText({ baudRate, dataBits, parity, stopBits }: WireFormat): string {
  return `${baudRate} ${dataBits}${parity[0]?.toUpperCase()}${stopBits}`;
}
