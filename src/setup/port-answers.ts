// Which serial port, and at which speed: listed, asked at where a person allows it, chosen.
import { existsSync } from "node:fs";
import { options } from "../config/options.ts";
import type { Interview } from "./interview.ts";
import { type Answer, askingLimitS, type Port, type Ports, realPorts } from "./ports.ts";
import type { Prompter } from "./prompter.ts";

export interface PortOptions {
  readonly serial?: string;
  readonly baud?: string;
  /** Whether the boards are asked who they are; undefined: a person decides. */
  readonly probe?: boolean;
}

export interface SerialAnswers {
  readonly path: string;
  readonly baudRate: number;
}

/** Tells what happens, a line at a time. */
export type Tell = (line: string) => void;

const { path: pathOption, baudRate: baudOption } = options.options.serial.options;

/** What all of it needs. */
interface Asking {
  readonly given: PortOptions;
  readonly prompter: Prompter | undefined;
  readonly tell: Tell;
  readonly ports: Ports;
}

/** Undefined, with a problem, where there is no good answer. */
export async function serialAnswers(
  interview: Interview,
  given: PortOptions,
  tell: Tell,
  ports: Ports = realPorts,
): Promise<SerialAnswers | undefined> {
  const { prompter } = interview;
  const asking = { given, prompter, tell, ports };
  const { serial } = given;
  if (serial !== undefined && !serial.startsWith("/")) {
    const found = JSON.stringify(serial);
    interview.problems.push(`--serial: expected an absolute path, such as ${pathOption.example}, found ${found}`);
    return undefined;
  }
  const baud =
    given.baud === undefined
      ? undefined
      : await interview.text({ flag: "--baud", given: given.baud, question: "Baud rate" }, baudOption);
  if (given.baud !== undefined && baud === undefined) return undefined;
  if (serial !== undefined && baud !== undefined && given.probe !== true)
    return { path: serial, baudRate: Number(baud) };
  if (serial === undefined && prompter === undefined) {
    const names = ports.list().map(({ path }) => path);
    interview.missing("--serial", `the serial port of the board (${names.join(", ") || "none is plugged in"})`);
    return undefined;
  }
  // Nothing is opened for a command line that is wrong anyhow.
  if (prompter === undefined && interview.problems.length > 0) return undefined;

  const listed = serial === undefined ? ports.list() : [ports.at(serial)];
  const answers = await askEach(listed, asking);
  const path = serial ?? (await choosePort(listed, answers, prompter));
  if (path === undefined) return undefined;
  const isListed = listed.some((port) => port.path === path);
  const heard = (isListed ? answers : await askEach([ports.at(path)], asking)).get(path);
  const found = heard?.kind === "hello" ? heard.baudRate : undefined;
  if (prompter === undefined && found === undefined && baud === undefined) {
    const unasked = "the speed of the line, or --probe, which asks the board";
    interview.missing("--baud", heard === undefined ? unasked : `${path}: ${heard.text}`);
    return undefined;
  }
  const proposal = String(found ?? baudOption.default);
  const wanted = { flag: "--baud", given: undefined, question: "Baud rate", proposal };
  const rate = baud ?? (await interview.text(wanted, baudOption));
  return rate === undefined ? undefined : { path, baudRate: Number(rate) };
}

/**
 * Asks at each port that nobody has open, where that is allowed; what was heard, by path. All at once: each is bounded, and
 * a board takes none of another's time.
 */
async function askEach(listed: readonly Port[], asking: Asking): Promise<ReadonlyMap<string, Answer>> {
  if (!(await mayAsk(listed, asking))) return new Map();
  const { given, tell, ports } = asking;
  tell(`  asking at ${listed.length === 1 ? listed[0]?.path : `${listed.length} ports`}, at most ${askingLimitS} s`);
  const answers = await Promise.all(
    listed.map(async (port): Promise<[string, Answer]> => {
      if (port.holder !== undefined) return [port.path, { kind: "none", text: `not asked: open in ${port.holder}` }];
      return [port.path, await ports.ask(port, Number(given.baud ?? baudOption.default))];
    }),
  );
  for (const [path, { text }] of answers) tell(`  ${path}: ${text}`);
  return new Map(answers);
}

async function mayAsk(listed: readonly Port[], { given: { probe }, prompter }: Asking): Promise<boolean> {
  const isFree = listed.some(({ holder }) => holder === undefined);
  if (probe === false || (!isFree && probe === undefined)) return false;
  if (probe === true || prompter === undefined) return probe === true;
  const whom = listed.length === 1 ? "the board at the port" : "the boards at all free ports";
  return await prompter.confirm(`Ask ${whom}? Opening a port resets many boards`, true);
}

const another = "another";

async function choosePort(
  listed: readonly Port[],
  answers: ReadonlyMap<string, Answer>,
  prompter: Prompter | undefined,
): Promise<string | undefined> {
  if (prompter === undefined) return undefined;
  const choices = listed.map(({ path, holder }) => {
    const text = answers.get(path)?.text ?? (holder === undefined ? "" : `open in ${holder}`);
    return { name: text === "" ? path : `${path} - ${text}`, value: path };
  });
  const answering = listed.find(({ path }) => answers.get(path)?.kind === "hello")?.path;
  const all = [...choices, { name: "another path", value: another }];
  const chosen = listed.length === 0 ? another : await prompter.choose("Serial port of the board", all, answering);
  if (chosen !== another) return chosen;
  return await prompter.text("Path of the serial port", undefined, (text) => {
    if (!text.startsWith("/")) return `expected an absolute path, such as ${pathOption.example}`;
    return existsSync(text) ? undefined : "expected a path that is there";
  });
}
