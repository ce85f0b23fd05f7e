// `rrpc-gateway setup`: from nothing to a service that runs, by questions or by options.
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { formatFinding } from "../config/findings.ts";
import { hasSystemd } from "../host/units.ts";
import { wrap } from "../lab/wrap.ts";
import { type AnswerOptions, gatherAnswers } from "../setup/answers.ts";
import {
  changeOf,
  checkPlan,
  makeFolder,
  type Plan,
  type PlannedFile,
  planFiles,
  writePlanned,
} from "../setup/files.ts";
import { Interview } from "../setup/interview.ts";
import { instancePattern, type NoPlace, type Place, placeInFolder, placeOfService } from "../setup/place.ts";
import { Interrupted, type Prompter } from "../setup/prompter.ts";
import { proofNote, proofText } from "../setup/proof.ts";
import { runStartCommand, startCommands } from "../setup/service.ts";
import { doctor } from "./doctor.ts";
import { exitCodes } from "./exit-codes.ts";
import { fail } from "./fail.ts";
import { terminalAt } from "./terminal.ts";

/** As they stand on the command line. */
export interface SetupOptions extends AnswerOptions {
  readonly instance?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
  /** False: neither enabled nor started. */
  readonly start: boolean;
}

/**
 * Asks for what is missing, writes the files, checks them, starts the service, lets doctor look at it. Exit code 0; where
 * doctor looked, its own (1 warnings, 2 faults); 64 for a wrong or incomplete command line, 73 where a file cannot be
 * written, 77 without the rights, 78 where the answers make no good configuration, 130 where a person has left.
 *
 * Questions and progress go to standard output, what is wrong to standard error. No secret is ever printed.
 */
export async function setup(options: SetupOptions): Promise<number> {
  const progress = { isWritten: false };
  try {
    return await setUp(options, await prompterFor(options), progress);
  } catch (error) {
    if (error instanceof Interrupted) {
      print(
        `\ninterrupted: ${progress.isWritten ? "the files are written, the service is left alone" : "nothing was written"}`,
      );
      return exitCodes.interrupted;
    }
    if (!(error instanceof Error && "syscall" in error)) throw error;
    return fail("setup", exitCodes.cannotCreate, [error.message]);
  }
}

async function setUp(
  options: SetupOptions,
  prompter: Prompter | undefined,
  progress: { isWritten: boolean },
): Promise<number> {
  const { instance, dryRun = false } = options;
  if (instance !== undefined && !instancePattern.test(instance)) {
    const found = JSON.stringify(instance);
    return fail("setup", exitCodes.usage, [
      `--instance: expected letters, digits, _, . and -, at most 64, found ${found}`,
    ]);
  }
  const place = await placeFor(options, prompter);
  if (place.kind === "no_place") return fail("setup", place.exitCode, [place.problem]);
  const interview = new Interview(prompter);
  say(`The configuration: ${place.configFile}${place.service === undefined ? "" : `, for ${place.service.unit.name}`}`);
  const answers = await gatherAnswers(interview, options, place, say);
  if (answers === undefined) return fail("setup", exitCodes.usage, interview.problems);

  const plan = planFiles(answers, place);
  print(`\n${plan.config.text}`);
  const checked = checkPlan(plan);
  const findings = checked.kind === "loaded" ? checked.warnings : checked.findings;
  for (const finding of findings) process.stderr.write(`${formatFinding(finding)}\n`);
  if (checked.kind === "refused")
    return fail("setup", exitCodes.config, ["these answers make no good configuration; nothing was written"]);
  if (dryRun) return showPlan(plan, place, options.start);

  const refusal = await refusalToWrite(plan, options, prompter);
  if (refusal !== undefined) return refusal;
  write(plan, place);
  progress.isWritten = true;
  const started = await start(place, options, prompter);
  if (started === "failed") return exitCodes.unavailable;
  let exitCode: number = exitCodes.ok;
  if (started === "started") {
    print("\nWhat doctor finds:");
    exitCode = await doctor({ config: place.configFile });
  }
  print("");
  for (const note of proofNote(answers)) say(note);
  print(`\n  ${proofText(answers)}`);
  return exitCode;
}

/** Undefined where nobody can be asked: then every answer has to be an option. */
async function prompterFor({ yes = false }: SetupOptions): Promise<Prompter | undefined> {
  const terminal = terminalAt(process.stdout, process.env);
  if (yes || process.stdin.isTTY !== true || !terminal.canMove) return undefined;
  return (await import("../setup/inquirer.ts")).createPrompter(terminal.shown, () => new Interrupted());
}

async function placeFor(
  { instance, output }: SetupOptions,
  prompter: Prompter | undefined,
): Promise<Place | (NoPlace & { readonly exitCode: number })> {
  if (output !== undefined) return placeInFolder(output, instance);
  const place = placeOfService(instance);
  const isRoot = process.geteuid?.() === 0;
  if (place.kind === "place" && isRoot) return place;
  const problem =
    place.kind === "place"
      ? "only root may write to /etc/rrpc-gateway and start the service: sudo rrpc-gateway setup"
      : place.problem;
  const advice = "--output FOLDER writes the files there";
  if (prompter === undefined) {
    return {
      kind: "no_place",
      exitCode: place.kind === "place" ? exitCodes.noPermission : exitCodes.usage,
      problem: `${problem}; ${advice}`,
    };
  }
  say(`${problem[0]?.toUpperCase()}${problem.slice(1)}.`);
  const folder = await prompter.text("Folder to write the files to instead", "./rrpc-gateway-config", () => undefined);
  return placeInFolder(folder, instance);
}

/** An exit code where nothing may be written. */
async function refusalToWrite(
  { files }: Plan,
  { force = false }: SetupOptions,
  prompter: Prompter | undefined,
): Promise<number | undefined> {
  const replaced = files.filter((file) => changeOf(file) === "replaces" && !isExample(file));
  const names = replaced.map(({ path }) => path).join(", ");
  if (replaced.length > 0 && !force) {
    if (prompter === undefined) {
      const problem = `already there, and different: ${names}; --force replaces what is there and keeps a copy`;
      return fail("setup", exitCodes.cannotCreate, [problem]);
    }
    if (!(await prompter.confirm(`Replace ${names}? A copy of what is there is kept beside it`, false))) return left();
  } else if (prompter !== undefined && !(await prompter.confirm("Write the files?", true))) return left();
  return undefined;
}

function left(): number {
  say("nothing was written");
  return exitCodes.interrupted;
}

/** The configuration that the installation has put there, as it was. */
function isExample({ path }: PlannedFile): boolean {
  const program = process.argv[1];
  if (program === undefined) return false;
  const example = join(dirname(realpathSync(program)), "..", "config.example.yaml");
  return existsSync(example) && existsSync(path) && readFileSync(example).equals(readFileSync(path));
}

function write({ files }: Plan, place: Place): void {
  makeFolder(place);
  const self = { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
  const keepAs = `.${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}.bak`;
  for (const file of files) {
    const backup = writePlanned(file, self, isExample(file) ? undefined : keepAs);
    say(`written: ${rightsText(file)}${backup === undefined ? "" : `; what was there is ${backup}`}`);
  }
}

function rightsText({ path, mode }: PlannedFile): string {
  return `${path} (mode ${mode.toString(8).padStart(4, "0")})`;
}

function showPlan({ files }: Plan, { configFile, service }: Place, start: boolean): number {
  say("A dry run; otherwise this would be written:");
  for (const file of files)
    say(`  ${rightsText(file)}: ${isExample(file) ? "replaces the example" : changeText[changeOf(file)]}`);
  if (service === undefined || !start) return exitCodes.ok;
  say("and run:");
  for (const command of startCommands(service.unit.name)) say(`  ${command.join(" ")}`);
  say(`  rrpc-gateway doctor --config ${configFile}`);
  return exitCodes.ok;
}

const changeText = {
  new: "new",
  same: "as it is there already",
  replaces: "replaces another, of which a copy is kept",
} as const;

async function start(
  { service, configFile }: Place,
  options: SetupOptions,
  prompter: Prompter | undefined,
): Promise<"started" | "left alone" | "failed"> {
  if (service === undefined) {
    print(`\nTo look at it here: rrpc-gateway doctor --config ${configFile}`);
    print(`To run it here:     rrpc-gateway run --config ${configFile}`);
    return "left alone";
  }
  const { name } = service.unit;
  const commands = startCommands(name);
  const isWanted =
    options.start && (prompter === undefined || (await prompter.confirm(`Enable and start ${name}?`, true)));
  if (!isWanted || !hasSystemd()) {
    say(isWanted ? "\nsystemd does not run here. Where it does:" : "\nTo start it:");
    for (const command of commands) say(`  ${command.join(" ")}`);
    return "left alone";
  }
  for (const command of commands) {
    say(command.join(" "));
    const problem = runStartCommand(command);
    if (problem === undefined) continue;
    fail("setup", exitCodes.unavailable, [`${command.join(" ")}: ${problem}; journalctl -u ${name} says why`]);
    return "failed";
  }
  return "started";
}

/** A line for a person, ended between words where the terminal is narrower. */
function say(line: string): void {
  const { columns } = terminalAt(process.stdout, process.env);
  const indent = line.length - line.trimStart().length;
  for (const part of wrap(line, columns() - 1, indent)) print(part);
}

/** A line as it is, to be copied. */
function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
