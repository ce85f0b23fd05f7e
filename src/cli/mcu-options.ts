// What `rrpc-gateway mcu` is asked for on its command line.
import { basename } from "node:path";
import { bytesGiven, lineEnds } from "../lab/mcu/around.ts";
import { bootChatter, type VirtualMcuOptions } from "../lab/mcu/options.ts";
import { OptionReader } from "./option-reader.ts";

/** The options as they stand on the command line; what is missing has the virtual MCU's own default. */
export interface McuCommandOptions {
  readonly link?: readonly string[];
  readonly count?: string;
  readonly baud?: string;
  readonly window?: string;
  readonly line?: string;
  readonly crc?: boolean;
  readonly dedup?: string;
  readonly cancel?: boolean;
  /** False for `--no-hello`. */
  readonly hello?: boolean;
  readonly fw?: string;
  readonly bootMs?: string;
  readonly bootChatter?: boolean;
  readonly lineEnd?: string;
  readonly head?: string;
  readonly tail?: string;
  readonly prompt?: string;
  readonly reply?: string;
  readonly keepHalfLines?: boolean;
  readonly rxBuffer?: string;
  readonly seed?: string;
  readonly delayMs?: string;
  readonly jitterMs?: string;
  readonly silence?: boolean;
  readonly echo?: boolean;
  readonly loopback?: boolean;
  readonly drop?: string;
  readonly garble?: string;
  readonly wrongId?: string;
  readonly duplicate?: string;
  readonly splitBytes?: string;
  readonly mergeMs?: string;
  readonly verbose?: boolean;
}

type LineEndName = keyof typeof lineEnds;

const hourMs = 3_600_000;

/** One of the boards to start. Its name stands in front of its lines; a single board has none. */
export interface BoardToStart {
  readonly name: string | undefined;
  readonly options: VirtualMcuOptions;
}

/** As many as a gateway can have; more is a slip of the finger. */
const boardsMax = 100;

/** The boards that the command line asks for, and everything that is wrong with it. */
export function readMcuOptions(options: McuCommandOptions): { problems: string[]; boards: readonly BoardToStart[] } {
  const reader = new OptionReader();
  const { problems } = reader;

  function given<Name extends string, Value>(
    name: Name,
    value: Value | undefined,
  ): { readonly [name in Name]?: Value } {
    return value === undefined ? {} : ({ [name]: value } as { readonly [name in Name]: Value });
  }

  function endOf(name: string | undefined): string | undefined {
    if (name === undefined) return undefined;
    const names = Object.keys(lineEnds) as [LineEndName, ...LineEndName[]];
    return lineEnds[reader.oneOf("--line-end", name, names)];
  }

  const drop = reader.share("--drop", options.drop);
  const garble = reader.share("--garble", options.garble);
  const { reply } = options;
  const around = {
    ...given("end", endOf(options.lineEnd)),
    ...given("head", options.head === undefined ? undefined : bytesGiven(options.head)),
    ...given("tail", options.tail === undefined ? undefined : bytesGiven(options.tail)),
    ...given("prompt", options.prompt === undefined ? undefined : bytesGiven(options.prompt)),
  };
  const mcuOptions: VirtualMcuOptions = {
    // 4 000 000 is the highest rate that Linux has a name for.
    ...given("baudRate", reader.whole("--baud", options.baud, 50, 4_000_000)),
    ...given("window", reader.whole("--window", options.window, 1, 1000)),
    ...given("lineBytes", reader.whole("--line", options.line, 8, 1_000_000)),
    ...given("crc", options.crc),
    ...given("dedup", reader.whole("--dedup", options.dedup, 0, 1000)),
    ...given("cancel", options.cancel),
    ...given("hello", options.hello),
    ...given("fw", options.fw),
    ...given("bootMs", reader.whole("--boot-ms", options.bootMs, 0, hourMs)),
    ...given("chatter", options.bootChatter ? bootChatter : undefined),
    ...(Object.keys(around).length > 0 && { around }),
    ...given("reply", reply === undefined ? undefined : () => reply),
    ...given("keepsHalfLines", options.keepHalfLines),
    ...given("rxBufferBytes", reader.whole("--rx-buffer", options.rxBuffer, 1, 1_000_000)),
    ...given("seed", reader.whole("--seed", options.seed, 0, 0xffff_ffff)),
    ...given("delayMs", reader.whole("--delay-ms", options.delayMs, 0, hourMs)),
    ...given("jitterMs", reader.whole("--jitter-ms", options.jitterMs, 0, hourMs)),
    ...given("silence", options.silence),
    ...given("echo", options.echo),
    ...given("loopback", options.loopback),
    ...given("dropReceived", drop),
    ...given("dropSent", drop),
    ...given("garbleReceived", garble),
    ...given("garbleSent", garble),
    ...given("wrongId", reader.share("--wrong-id", options.wrongId)),
    ...given("duplicate", reader.share("--duplicate", options.duplicate)),
    ...given("splitBytes", reader.whole("--split-bytes", options.splitBytes, 0, 1_000_000)),
    ...given("mergeMs", reader.whole("--merge-ms", options.mergeMs, 0, hourMs)),
  };
  const links = linksOf(options.link ?? [], reader.whole("--count", options.count, 1, boardsMax), problems);
  return { problems, boards: boardsOf(links, mcuOptions, problems) };
}

/** The link of each board; undefined for one without. Of one link and a count, PATH1, PATH2 and so on. */
function linksOf(
  links: readonly string[],
  count: number | undefined,
  problems: string[],
): readonly (string | undefined)[] {
  const [link, ...others] = links;
  if (count === undefined) return link === undefined ? [undefined] : links;
  if (others.length > 0) problems.push("--count goes with one --link at most: its boards get PATH1, PATH2 and so on");
  return Array.from({ length: count }, (_, index) => (link === undefined ? undefined : `${link}${index + 1}`));
}

/** Each board with a name and a seed of its own, so that they do not start with the same boot word. */
function boardsOf(
  links: readonly (string | undefined)[],
  options: VirtualMcuOptions,
  problems: string[],
): readonly BoardToStart[] {
  const { seed = 1 } = options;
  const isOnly = links.length === 1;
  const boards = links.map((link, index) => ({
    name: isOnly ? undefined : link === undefined ? `mcu${index + 1}` : basename(link),
    options: { ...options, ...(link !== undefined && { link }), ...(!isOnly && { seed: seed + index }) },
  }));
  const twice = boards.find(({ name }, index) => boards.findIndex((one) => one.name === name) !== index);
  if (twice !== undefined) problems.push(`--link: two boards would have the name ${twice.name}`);
  return boards;
}
