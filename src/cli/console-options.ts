// What the command line of `rrpc-gateway console` asks for: a way to the board, and how the line is.
import { connect } from "node:net";
import { type LoadedSettings, loadSettings } from "../config/load.ts";
import { localSocket } from "../config/local-socket.ts";
import { readYaml } from "../config/reading.ts";
import { serial as serialOptions } from "../config/serial-options.ts";
import type { AtPortOptions } from "../console/at-port.ts";
import { type BoardSections, boardIn, formatOf, type LineCommandOptions } from "./bench-line.ts";
import { exitCodes } from "./exit-codes.ts";
import { OptionReader } from "./option-reader.ts";

export interface ConsoleCommandOptions extends LineCommandOptions {
  readonly serial?: string;
  readonly history?: string;
  readonly json?: boolean;
  readonly stopAtError?: boolean;
  /** False: through the gateway or not at all. */
  readonly port?: boolean;
}

/** The line to a board, as file and command line say. */
export type ConsoleLine = Pick<AtPortOptions, "serial" | "rrpc" | "events">;

export type ConsoleWay =
  /** `line` is for a port that the gateway gives away; it says what is wrong where there is none. */
  | {
      readonly kind: "gateway";
      readonly socket: string;
      readonly board: string | undefined;
      readonly line: ConsoleLine | string;
    }
  /** `why` not through the gateway. */
  | { readonly kind: "port"; readonly line: ConsoleLine; readonly why: string | undefined }
  | { readonly kind: "refused"; readonly exitCode: number; readonly problems: readonly string[] };

/** Finds the way: the port that is named, the running gateway of a configuration, or else that one's port. */
export async function findWay(options: ConsoleCommandOptions): Promise<ConsoleWay> {
  const { config, board, serial } = options;
  if (config === undefined && serial === undefined)
    return usage(["expected --config, the gateway's YAML file, or --serial, the path of a free port"]);
  if (config === undefined && board !== undefined) return usage(["--board needs --config, whose board it is"]);
  const isGatewayOnly = options.port === false;
  if (isGatewayOnly && (config === undefined || serial !== undefined))
    return usage(["--no-port is for --config without --serial: the gateway has the port"]);
  const reader = new OptionReader();
  const line = readLine(options, reader);
  const exitCode = config === undefined ? exitCodes.usage : codeOf(loadSettings(config));
  const faulty: ConsoleWay = { kind: "refused", exitCode, problems: reader.problems };
  if (serial !== undefined || config === undefined)
    return line === undefined ? faulty : { kind: "port", line, why: undefined };
  const straight = (why: string): ConsoleWay => {
    if (isGatewayOnly) return { kind: "refused", exitCode: exitCodes.unavailable, problems: [why] };
    return line === undefined ? faulty : { kind: "port", line, why };
  };
  const found = localSocket(config, "control");
  if (found.kind === "none") {
    return straight("the configuration has no control.socket");
  }
  const { socket } = found;
  switch (await listenerAt(socket)) {
    case "listening":
      break;
    case "none":
      return straight(`no gateway listens at ${socket}`);
    case "not_permitted":
      return {
        kind: "refused",
        exitCode: exitCodes.noPermission,
        problems: [`${socket} may not be opened by this user: see control.access`],
      };
  }
  const given = lineOptions.filter((name) => options[name] !== undefined).map((name) => `--${kebab(name)}`);
  if (given.length > 0)
    return usage([`${given.join(", ")}: the gateway that runs has the line; see serial in ${config}`]);
  const boards = namesIn(config);
  if (boards.length > 1 && board === undefined)
    return usage([`--board is needed: the boards are ${boards.join(", ")}`]);
  return { kind: "gateway", socket, board, line: line ?? reader.problems.join("; ") };
}

const lineOptions = ["baud", "format", "replyBytesMax", "lineEnd", "prompt"] as const;

const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function usage(problems: readonly string[]): ConsoleWay {
  return { kind: "refused", exitCode: exitCodes.usage, problems };
}

/** What a command line is that cannot be followed, by its file. */
function codeOf(loaded: LoadedSettings): number {
  if (loaded.kind === "loaded") return exitCodes.usage;
  return loaded.findings.some(({ code }) => code === "denied") ? exitCodes.noPermission : exitCodes.config;
}

/** The names of a file's boards; a file that is wrong by now may be that of a gateway that runs. */
function namesIn(config: string): readonly string[] {
  const loaded = loadSettings(config);
  return loaded.kind === "loaded" ? Object.keys(loaded.settings.boards) : [];
}

/** The line as file, defaults and command line have it; undefined where something is wrong, which the reader has. */
function readLine(options: ConsoleCommandOptions, reader: OptionReader): ConsoleLine | undefined {
  const { replyBytesMax, baudRate } = serialOptions.options;
  const sections = options.config === undefined ? defaults() : boardIn(options.config, options.board, reader);
  const configured = sections?.serial;
  const path = options.serial ?? configured?.path;
  if (path === undefined && reader.problems.length === 0) reader.problems.push("--serial: the file names no port");
  const format = formatOf(options.format, reader, configured);
  const baud = reader.whole("--baud", options.baud, baudRate.min, baudRate.max);
  const bytesMax = reader.whole("--reply-bytes-max", options.replyBytesMax, replyBytesMax.min, replyBytesMax.max);
  const lineEnd = options.lineEnd && reader.oneOf("--line-end", options.lineEnd, ["lf", "cr"]);
  if (sections === undefined || path === undefined || reader.problems.length > 0) return undefined;
  const serial = {
    ...sections.serial,
    ...format,
    path,
    ...(baud !== undefined && { baudRate: baud }),
    ...(bytesMax !== undefined && { replyBytesMax: bytesMax }),
    ...(lineEnd && { lineEnd }),
    ...(options.prompt !== undefined && { prompt: options.prompt }),
  };
  return { serial, rrpc: sections.rrpc, events: sections.events };
}

function defaults(): BoardSections {
  const { settings } = readYaml("", "/");
  if (settings === undefined) throw new Error("an empty configuration has no defaults");
  return settings;
}

/** Whether a gateway listens there. */
function listenerAt(path: string): Promise<"listening" | "none" | "not_permitted"> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve("listening");
    });
    socket.once("error", ({ code }: NodeJS.ErrnoException) => {
      socket.destroy();
      resolve(code === "EACCES" || code === "EPERM" ? "not_permitted" : "none");
    });
  });
}
