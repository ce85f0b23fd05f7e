import { Command, Option } from "commander";
import { letProcessEnd } from "../runtime/in-kernel.ts";
import { benchHelp } from "./bench-help.ts";
import { callHelp } from "./call-help.ts";
import { exitCodes } from "./exit-codes.ts";

/**
 * The command line: every command with its options and its help, made but not run. Each command's module is loaded when
 * it is chosen: the daemon starts without the simulator, and the man page is written from this without any of them.
 *
 * @param version what `--version` says
 */
export function createProgram(version: string): Command {
  const program = new Command("rrpc-gateway")
    .description("Answers Tencent IoT Hub RRPC requests with the replies of a microcontroller on a serial line.")
    .version(version)
    .showHelpAfterError()
    // Commander's own 1 would read as a verdict of doctor's.
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? exitCodes.ok : exitCodes.usage));

  const configOption = () => new Option("--config <file>", "the device's YAML file").makeOptionMandatory();

  program
    .command("run")
    .description("run the gateway until it is told to stop (SIGTERM or SIGINT)")
    .addOption(configOption())
    .action(async (options) => finish((await import("./run.ts")).run(options, version)));

  program
    .command("setup")
    .summary("write a first configuration, check it, start the service, and say how to prove that it works")
    .description(
      "Write a first configuration: what no option answers is asked for on a terminal. It is checked, the service is " +
        "enabled and started, and doctor looks at it. Exit status: 0 all is well, 1 doctor has warnings, 2 faults, 64 an " +
        "answer is missing or wrong, 73 a file is there already or cannot be written, 77 it needs root, 78 the answers " +
        "make no good configuration.",
    )
    .option("--instance <name>", "one gateway of several: /etc/rrpc-gateway/NAME.yaml and rrpc-gateway@NAME")
    .option("--output <folder>", "write the files there, and leave the service alone")
    .option("--product <id>", "product ID, as the console shows it")
    .option("--device <name>", "device name")
    .option(
      "--secret-file <file>",
      "the device's secret; - for standard input, where it may be typed. Never as an argument: others see those",
    )
    .option("--cert-file <file>", "the device's certificate, PEM, in place of a secret")
    .option("--key-file <file>", "its private key, PEM")
    .option("--region <region>", "region of the product, as hub.region (default: china)")
    .option("--host <name>", "your own hub, in place of a region")
    .option("--port <port>", "its port")
    .option("--transport <name>", "tls, tcp, wss or ws (default: tls)")
    .option("--ca-file <file>", "the hub's CA, PEM, from the IoT Hub console")
    .option("--serial <path>", "serial port of the board, such as /dev/serial/by-id/...")
    .option("--baud <rate>", "speed of the line")
    .option("--probe", "ask the board who it is, at its likely speeds; opening a port resets many boards")
    .option("--no-probe", "open no port")
    .option("--force", "replace files that are there; a copy of each is kept beside it")
    .option("--yes", "ask nothing: an answer that is missing is an error that names its option")
    .option("--no-start", "neither enable nor start the service")
    .option("--dry-run", "show what would be written and run")
    .action(async (options) => finish((await import("./tools.ts")).setup(options)));

  program
    .command("check")
    .summary("check configuration files; print the effective settings and the deadline budget of one")
    .description(
      "Check configuration files, and the files that they name. Of one good file the effective settings and the " +
        "deadline budget are printed, of several a line for each. Exit status: 0 all are good, 78 one is not.",
    )
    .argument("[file...]", "configuration files")
    .option("--config <file>", "another way to name one")
    .option("--offline", "leave out the files that they name, such as secrets: on another machine")
    .option("--json", "print the findings as JSON")
    .action(async (files, options) => finish((await import("./tools.ts")).check(files, options)));

  program
    .command("doctor")
    .summary("examine everything that the gateway needs; say what is wrong and what helps")
    .description(
      "Examine everything that the gateway needs, from the configuration to the hub and the MCU, and say what is wrong " +
        "and what helps. Nothing is changed. The port and the hub are used only while the gateway does not run. Exit " +
        "status: 0 nothing wrong as far as could be seen, 1 warnings, 2 faults.",
    )
    .addOption(configOption())
    .option("--json", "print the findings as JSON")
    .option("--user <name>", "judge the rights of this user (default: the service's, or one's own without a unit)")
    .option("--connect", "connect to the hub even while the gateway runs, which loses its session for a moment")
    .action(async (options) => finish((await import("./tools.ts")).doctor(options)));

  program
    .command("monitor")
    .description("watch what passes through the running gateway, by its monitor.socket; the gateway waits for nobody")
    .addOption(configOption())
    .option("--json", "one object of JSON a line")
    .option(
      "--filter <terms>",
      "with commas between: request, response, line, session, link, report, status, error, id=ID",
    )
    .option("--payloads", "show the contents of payloads too")
    .action(async (options) => finish((await import("./tools.ts")).monitor(options)));

  program
    .command("dump")
    .description("print the last few hundred lines and events that passed through the running gateway")
    .addOption(configOption())
    .option("--json", "one object of JSON a line")
    .action(async (options) => finish((await import("./tools.ts")).dump(options)));

  program
    .command("health")
    .summary("ask the running gateway whether it is well, for container engines and Kubernetes")
    .description(
      "Ask the running gateway whether it is well: whether it answers, and nothing is overdue in it. A hub, a port or an " +
        "MCU that is away is told and is no fault. Exit status: 0 well, 1 not well, 69 no gateway with this configuration " +
        "answers within 5 s, in this container or on this machine.",
    )
    .addOption(configOption())
    .option("--kill-after <s>", "one that is not well for so long is killed (SIGKILL), to be restarted")
    .action(async (options) => finish((await import("./health.ts")).health(options)));

  program
    .command("schema")
    .description("print the JSON Schema of the configuration file, for editors")
    .action(async () => finish((await import("./tools.ts")).schema()));

  program
    .command("example")
    .description("print an example configuration file with every option")
    .action(async () => finish((await import("./tools.ts")).example()));

  program
    .command("hub")
    .description("run a simulated IoT Hub: an MQTT broker and the cloud API, on loopback unless told otherwise")
    .option("--product <id>", "product of the one device", "ABCDEFGH12")
    .option("--device <name>", "name of the one device", "gateway01")
    .option("--secret-file <file>", "the device's secret; without it a made-up one that is printed")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--mqtt-port <port>", "MQTT over TCP; 0 for any free one", "1883")
    .option("--api-port <port>", "the cloud API over HTTP; 0 for any free one", "8083")
    .option("--tls-port <port>", "MQTT over TLS, with --tls-cert and --tls-key", "8883")
    .option("--tls-cert <file>", "server certificate, PEM")
    .option("--tls-key <file>", "its private key, PEM")
    .option("--tls-client-ca <file>", "CA of device certificates, PEM")
    .option("--cutoff-ms <ms>", "when a call is given up", "4000")
    .option("--rate-limits", "keep to IoT Hub's rates of CONNECT and of calls")
    .action(async (options) => finish((await import("./tools.ts")).hub(options)));

  program
    .command("mcu")
    .description("run a virtual MCU on a tty; lines on stdin steer its faults (help lists them)")
    .option("--link <path>", "symbolic link to the tty")
    .option("--baud <rate>", "bytes pass at this rate, both ways (default: at once)")
    .option("--window <commands>", "how many commands it holds at once (default: 1)")
    .option("--line <bytes>", "its longest line, LF included (default: 256)")
    .option("--crc", "every line carries a checksum")
    .option("--dedup <commands>", "how many last commands it remembers (default: 0)")
    .option("--cancel", "it understands cancels")
    .option("--no-hello", "it never says hello nor answers a probe")
    .option("--fw <name>", "name and version of its firmware")
    .option("--boot-ms <ms>", "time a start takes (default: 0)")
    .option("--boot-chatter", "a boot loader's noise at each start")
    .option("--line-end <name>", "what ends its lines: lf, crlf, cr, lfcr, crcrlf, lfnul (default lf)")
    .option("--head <text>", "in front of each of its lines; \\xHH is a byte, \\e ESC, as in '\\e[0;32m'")
    .option("--tail <text>", "behind each of its lines, in front of the line end")
    .option("--prompt <text>", "behind each line end, as a console does it")
    .option("--reply <text>", "answer every command so (default: with its own payload)")
    .option("--keep-half-lines", "do not drop a half line after half a second of silence")
    .option("--rx-buffer <bytes>", "receive buffer; what finds it full is lost (default: without bound)")
    .option("--seed <number>", "all chance follows from it (default: 1)")
    .option("--delay-ms <ms>", "time from a command to its reply")
    .option("--jitter-ms <ms>", "at most so much is added to it")
    .option("--silence", "hear and do everything, say nothing")
    .option("--echo", "what the gateway sends comes back to it, as from an RS-485 adapter")
    .option("--loopback", "TX joined to RX: it comes back, and the MCU is cut off")
    .option("--drop <share>", "share of lines that vanish, both ways")
    .option("--garble <share>", "share of lines with one bit flipped, both ways")
    .option("--wrong-id <share>", "share of replies under another ID")
    .option("--duplicate <share>", "share of replies said twice")
    .option("--split-bytes <bytes>", "send in pieces of so many bytes, 1 ms apart")
    .option("--merge-ms <ms>", "send lines said within this time in one write")
    .option("--verbose", "print every line both ways (default on a terminal)")
    .action(async (options) => finish((await import("./tools.ts")).mcu(options)));

  program
    .command("call")
    .description("call a device once, as a cloud application does, and say what an error means")
    .argument("<payload>", "the request, text")
    .option("--cloud", "call Tencent's real API, with a key; default: the hub of `rrpc-gateway hub`")
    .option("--url <url>", "another address of the API (default: http://127.0.0.1:8083/)")
    .option("--region <region>", "region of the product, with --cloud: as hub.region (default: china)")
    .option("--product <id>", "product of the device", "ABCDEFGH12")
    .option("--device <name>", "name of the device", "gateway01")
    .option("--key-file <file>", "SecretId and SecretKey, as in ~/.tencentcloud/credentials (mode 0600)")
    .option("--timeout-ms <ms>", "when to give up; the hub does after 4 s, or 10", "15000")
    .option("--json", "say all of it in one line of JSON")
    .addHelpText("after", callHelp)
    .action(async (payload, options) => finish((await import("./tools.ts")).call(payload, options)));

  program
    .command("bench")
    .description("try a board by the line protocol's rules, measure it under load, and write a report")
    .option("--serial <path>", "the board's serial port")
    .option("--virtual", "a virtual MCU instead of a board")
    .option("--baud <rate>", "speed of the line", "115200")
    .option("--format <format>", "data bits, parity (N, E, O), stop bits", "8N1")
    .option("--reset <line>", "modem line that may restart the board: none, dtr, rts", "none")
    .option("--only <pass>", "conformance or load alone")
    .option("--requests <number>", "load: so many requests (default: 500)")
    .option("--duration-s <seconds>", "load: for so long")
    .option("--rate <number>", "load: so many requests a second")
    .option("--concurrency <number>", "load: so many requests open at a time (default: 1)")
    .option("--sizes <bytes,...>", "load: sizes of the payloads, in turn (default: 16)")
    .option("--cutoff-ms <ms>", "when the hub gives up", "4000")
    .option("--plain <text>", "a harmless command, quickly answered; words are put behind it", "ping")
    .option("--count <text>", "a command that is answered with another number each time", "count")
    .option("--slow <text>", "a command that takes the milliseconds at its end (default: wait 400)")
    .option("--report <file>", "write an HTML page with everything that was found")
    .option("--json <file>", "write the same for programs")
    .addHelpText("after", benchHelp)
    .action(async (options) => finish((await import("./tools.ts")).bench(options, version)));

  program
    .command("demo")
    .description("show the whole journey in a few seconds: simulated hub and MCU, and this gateway between them")
    .option("--verbose", "show the gateway's log as well")
    .action(async (options) => finish((await import("./tools.ts")).demo(options)));

  return program;
}

async function finish(exitCode: Promise<number>): Promise<void> {
  letProcessEnd(await exitCode);
}
