/**
 * rrpc-gateway(1), from the command line's own help and the table of exit codes in docs/operations.md. The page is rrpc-gateway.1
 * beside this file; a test holds it up to date, and UPDATE_DOCS=1 writes it anew.
 */

import type { Command, Help, Option } from "commander";

/**
 * The page in man(7) macros.
 *
 * @param exitCodes each code with its meaning, in the order of the page
 */
export function manPage(program: Command, exitCodes: readonly (readonly [code: string, meaning: string])[]): string {
  const help = program.createHelp();
  const name = program.name();
  return `${[
    `.\\" Generated from the program's help: UPDATE_DOCS=1 npm test writes it anew.`,
    `.TH ${name.toUpperCase()} 1 "" "${name}" "User Commands"`,
    ".SH NAME",
    `${escaped(name)} \\- answer IoT Hub RRPC requests by a microcontroller\\(aqs replies`,
    ".SH SYNOPSIS",
    ...commandsOf(program, help).flatMap((command) => [".br", `.B ${escaped(help.commandUsage(command))}`]),
    ".SH DESCRIPTION",
    escaped(program.description()),
    ...options(program, help),
    ".SH COMMANDS",
    ...commandsOf(program, help).flatMap((command) => section(command, help)),
    ...rest,
    ".SH EXIT STATUS",
    ...exitCodes.flatMap(([code, meaning]) => entry(code, meaning)),
    ".SH SEE ALSO",
    ".BR systemctl (1),",
    ".BR journalctl (1),",
    ".BR udev (7)",
    ".PP",
    escaped("/usr/share/doc/rrpc-gateway/README.md"),
  ].join("\n")}\n`;
}

/** What no help says: these are the package's files, and what the running gateway listens to. */
const rest = [
  ".SH FILES",
  ...entry("/etc/rrpc-gateway/config.yaml", "Configuration of rrpc-gateway.service."),
  ...entry("/etc/rrpc-gateway/device-secret", "Its device secret, for root alone; systemd hands it to the service."),
  ...entry("/etc/rrpc-gateway/NAME.yaml", "Configuration of rrpc-gateway@NAME.service; NAME.secret is its secret."),
  ".SH SIGNALS",
  ...entry("SIGHUP", "Read the configuration again; what it does not change goes on undisturbed."),
  ...entry("SIGTERM, SIGINT", "Settle the open requests, then stop; a second one stops at once."),
];

/** Without the one that commander adds: `help` is said by every command. */
function commandsOf(program: Command, help: Help): readonly Command[] {
  return help.visibleCommands(program).filter((command) => command.name() !== "help");
}

function section(command: Command, help: Help): readonly string[] {
  const nested = commandsOf(command, help);
  const args = help
    .visibleArguments(command)
    .flatMap((argument) => entry(help.argumentTerm(argument), help.argumentDescription(argument)));
  return [
    `.SS "${escaped(help.commandUsage(command))}"`,
    escaped(sentence(help.commandDescription(command))),
    ...args,
    ...options(command, help),
    ...nested.flatMap((one) => section(one, help)),
  ];
}

function options(command: Command, help: Help): readonly string[] {
  return help
    .visibleOptions(command)
    .filter((option: Option) => option.long !== "--help")
    .flatMap((option: Option) => entry(help.optionTerm(option), help.optionDescription(option)));
}

function entry(term: string, text: string): readonly string[] {
  return [".TP", `.B ${escaped(term)}`, escaped(sentence(text))];
}

function sentence(text: string): string {
  const capital = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Text as roff takes it literally, in one line; a hyphen as one can copy it into a shell. */
function escaped(text: string): string {
  return text
    .replaceAll(/\s+/g, " ")
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .replaceAll("'", "\\(aq")
    .replaceAll('"', "\\(dq")
    .replaceAll("`", "")
    .replace(/^\./, "\\&.");
}
