import { Command, Option } from "commander";
import { letProcessEnd } from "../runtime/in-kernel.ts";
import { addDeskCommands } from "./desk-commands.ts";
import { exitCodes } from "./exit-codes.ts";
import { prepareTerminals } from "./terminal.ts";

/**
 * The command line: every command with its options and its help, made but not run. Each command's module is loaded when
 * it is chosen: the daemon starts without the simulator, and the man page is written from this without any of them.
 *
 * @param version what `--version` says
 * @param run the daemon: it is loaded beside the command line, because a service starts it without
 */
export function createProgram(version: string, run: (options: { config: string }) => Promise<void>): Command {
  const program = new Command("rrpc-gateway")
    .description("Answers Tencent IoT Hub RRPC requests with the replies of a microcontroller on a serial line.")
    .version(version)
    .showHelpAfterError()
    // Commander's own 1 would read as a verdict of doctor's.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage))
    .hook("preAction", (_, command) => {
      // The daemon writes to a log, and looks after it itself.
      if (command.name() !== "run") prepareTerminals();
    });

  const configOption = () => new Option("--config <file>", "the device's YAML file").makeOptionMandatory();
  const boardOption = () => new Option("--board <name>", "of several boards only this one, and what belongs to none");

  program
    .command("run")
    .description("run the gateway until it is told to stop (SIGTERM or SIGINT)")
    .addOption(configOption())
    .action(run);

  program
    .command("setup")
    .summary("write a first configuration, start the service, and show how to prove that it works")
    .description(
      "Write a first configuration. What no option answers, it asks on a terminal. Then it checks the files, enables and " +
        "starts the service, and runs doctor. Exit status: 0 all is well, 1 doctor has warnings, 2 doctor has faults, 64 an " +
        "answer is missing or wrong, 73 a file exists already or cannot be written, 77 root is needed, 78 the answers " +
        "do not make a valid configuration.",
    )
    .option("--instance <name>", "for one of several gateways: /etc/rrpc-gateway/NAME.yaml and rrpc-gateway@NAME")
    .option("--output <folder>", "write the files to this folder, and leave the service alone")
    .option("--product <id>", "product ID, as the console shows it")
    .option("--device <name>", "device name")
    .option(
      "--secret-file <file>",
      "file with the device's secret; - reads it from standard input, where it may be typed. There is no option for the secret itself: others can see arguments",
    )
    .option("--cert-file <file>", "the device's certificate (PEM), instead of a secret")
    .option("--key-file <file>", "its private key (PEM)")
    .option("--region <region>", "region of the product, as hub.region (default: china)")
    .option("--host <name>", "your own hub, instead of a region")
    .option("--port <port>", "its TCP port")
    .option("--transport <name>", "tls, psk (by the device secret, without a CA), tcp, wss or ws (default: tls)")
    .option("--ca-file <file>", "the hub's CA certificate (PEM), from the IoT Hub console")
    .option("--serial <path>", "serial port of the board, such as /dev/serial/by-id/...")
    .option("--baud <rate>", "baud rate of the line")
    .option("--probe", "ask the board who it is, at the usual baud rates; opening a port resets many boards")
    .option("--no-probe", "open no port")
    .option("--force", "replace existing files; a copy of each is kept beside it")
    .option("--yes", "ask nothing: a missing answer is an error that names its option")
    .option("--no-start", "do not enable or start the service")
    .option("--dry-run", "only show what would be written and run")
    .action(async (options) => finish((await import("./setup.ts")).setup(options)));

  program
    .command("check")
    .summary("check configuration files; print what is in effect, and how a request's time is spent")
    .description(
      "Check configuration files, and the files that they name. For one good file, print the effective settings and how " +
        "a request's time is spent; for several files, one line each. With --payload, say which rule of the file allows " +
        "or refuses a payload. Exit status: 0 all are good, 1 the payload is refused, 78 at least one file is not good.",
    )
    .argument("[file...]", "configuration files")
    .option("--config <file>", "another way to name a file")
    .option("--offline", "do not look at the files that they name, such as secrets: for use on another machine")
    .option("--json", "print the findings as JSON")
    .option("--payload <text>", "say what rrpc.allow and rrpc.deny do with this payload")
    .option("--board <name>", "with --payload: for this board only")
    .action(async (files, options) => finish((await import("./check.ts")).check(files, options)));

  program
    .command("doctor")
    .summary("look at everything that the gateway needs; say what is wrong and what helps")
    .description(
      "Look at everything that the gateway needs, from the configuration to the hub and the MCU, and say what is wrong " +
        "and what helps. It changes nothing. It uses the port and the hub only while the gateway does not run. Exit " +
        "status: 0 nothing wrong as far as could be seen, 1 warnings, 2 faults.",
    )
    .addOption(configOption())
    .option("--json", "print the findings as JSON")
    .option("--user <name>", "judge the rights of this user (default: the service's user, or without a unit your own)")
    .option("--connect", "connect to the hub even while the gateway runs; the gateway loses its session for a moment")
    .option("--board <name>", "of several boards look only at this one, and tell all that was found of it")
    .action(async (options) => finish((await import("./doctor.ts")).doctor(options)));

  program
    .command("monitor")
    .description(
      "watch what passes through the running gateway, through its monitor.socket; a slow reader never delays the gateway",
    )
    .addOption(configOption())
    .option("--json", "print one JSON object per line")
    .option(
      "--filter <terms>",
      "show only these, separated by commas: request, response, line, session, link, online, report, status, error, id=ID, board=NAME",
    )
    .addOption(boardOption())
    .option("--payloads", "show the contents of payloads too")
    .action(async (options) => finish((await import("./monitor.ts")).monitor(options)));

  program
    .command("dump")
    .description("print the last few hundred lines and events of each board that passed through the running gateway")
    .addOption(configOption())
    .addOption(boardOption())
    .option("--json", "print one JSON object per line")
    .action(async (options) => finish((await import("./dump.ts")).dump(options)));

  program
    .command("status")
    .summary("show how the running gateway is, on one screen")
    .description(
      "Show how the running gateway is: session and boards and since when, requests and errors of the last hour and what they " +
        "mean, versions, and what to look at next. It needs nothing of the configuration but its path. Exit status: that of " +
        "`health`: 0 healthy, 1 not healthy, 69 no gateway with this configuration answers within 5 s.",
    )
    .addOption(configOption())
    .option("--watch", "draw it again every 2 s, until Ctrl-C")
    .option("--json", "print it as one line of JSON, with --watch one every 2 s")
    .action(async (options) => finish((await import("./status.ts")).status(options)));

  program
    .command("page")
    .summary("show the running gateway in a browser: boards, calls, latencies, errors")
    .description(
      "Show the running gateway in a browser, live: boards and session, each call against its deadline, latencies, errors " +
        "and what they mean. A process of its own that reads the gateway's monitor.socket: it changes nothing, and the " +
        "gateway opens no port. Whoever can reach the address sees the page, so it is loopback unless told otherwise.",
    )
    .addOption(configOption())
    .option("--port <port>", "TCP port; 0 for any free one", "8088")
    .option("--host <address>", "address to listen on; another one than loopback needs a token", "127.0.0.1")
    .option("--token-file <file>", "file with a token, which browsers ask for as the password (any user name)")
    .option("--payloads", "allow people to see the contents of a board's last lines; needs a token")
    .action(async (options) => finish((await import("./page.ts")).page(options)));

  program
    .command("release")
    .summary("give a board's serial port to a command, while callers are told so, and take it back afterwards")
    .description(
      "Have the running gateway close a board's serial port, through its control.socket, and run a command that needs it, such as " +
        "avrdude or picocom. RRPC_SERIAL_PATH, RRPC_BAUD_RATE and RRPC_BOARD tell the command what it is given. Callers get " +
        "unavailable / released meanwhile. When the command ends, however it ends, the gateway takes the port back and meets " +
        "the board anew. Exit status: the command's own, 128 and its number if a signal has ended it; 64 the command line is " +
        "wrong or there is no such board, 69 the port cannot be had or the command not be started, 77 the control socket may " +
        "not be used by this user, 78 there is no control.socket.",
    )
    .argument("<command...>", "the command with its arguments, after --")
    .addOption(configOption())
    .option("--board <name>", "which of several boards")
    .option("--for <time>", "the longest that it may take, such as 90s, 10m or 2h; then it is ended", "10m")
    .action(async (command, options) => finish((await import("./release.ts")).release(command, options)));

  program
    .command("health")
    .summary("ask the running gateway whether it works, for container engines and Kubernetes")
    .description(
      "Ask the running gateway whether it works: it must answer, and nothing in it may be overdue. A hub, a port or an MCU " +
        "that is away is reported, but does not count. Exit status: 0 healthy, 1 not healthy, 69 no gateway with this " +
        "configuration answers within 5 s, in this container or on this machine.",
    )
    .addOption(configOption())
    .option(
      "--kill-after <s>",
      "kill the gateway (SIGKILL) if it has not been healthy for this many seconds, so that it is restarted",
    )
    .action(async (options) => finish((await import("./health.ts")).health(options)));

  program
    .command("schema")
    .description("print the JSON Schema of the configuration file, for editors")
    .action(async () => finish((await import("./schema.ts")).schema()));

  program
    .command("example")
    .description("print an example configuration file with every option")
    .action(async () => finish((await import("./example.ts")).example()));

  addDeskCommands(program, version, finish);

  return program;
}

async function finish(exitCode: Promise<number>): Promise<void> {
  letProcessEnd(await exitCode);
}
