import { Command, Option } from "commander";
import { letProcessEnd } from "../runtime/in-kernel.ts";
import { callExitCodes, exitCodes } from "./exit-codes.ts";
import { prepareTerminals } from "./terminal.ts";

/** The end of the help of `call`: what the exit status says. */
const callHelp = `
Exit status:
  ${callExitCodes.answered}   the device answered; its reply is on stdout
  ${callExitCodes.notExecuted}   an error, and the command was not carried out: calling again is safe
  ${callExitCodes.perhapsExecuted}   an error, and the command may have been carried out
  ${exitCodes.usage}  the command line, the environment or the file with the key is wrong

The key: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY with --cloud,
RRPC_HUB_SECRET_ID and RRPC_HUB_SECRET_KEY without it (a simulated hub that was
started with them checks signatures). Temporary credentials have a session token
as well: TENCENTCLOUD_SESSION_TOKEN or RRPC_HUB_SESSION_TOKEN, or token in the
file with the key. Use a key of a user who may only call
iotcloud:PublishRRPCMessage.`;

/** The end of the help of `bench`: what is sent to the board, and what the exit status says. */
const benchHelp = `
The bench sends the three commands above, each many times, and lines that are
not commands: noise, malformed, damaged and overlong ones. A faulty board may
take one of these for a command and carry it out: disconnect motors and loads.

Exit status:
  ${exitCodes.ok}   PASS: no deviations found
  ${exitCodes.failed}   a rule is broken, or a request was not answered correctly
  ${exitCodes.usage}  the command line is wrong
  ${exitCodes.unavailable}  the port is not available, or failed
  ${exitCodes.cannotCreate}  a report cannot be written`;

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
    .action(async (options) => finish((await import("./run.ts")).run(options, version)));

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
        "a request's time is spent; for several files, one line each. Exit status: 0 all are good, 78 at least one is not.",
    )
    .argument("[file...]", "configuration files")
    .option("--config <file>", "another way to name a file")
    .option("--offline", "do not look at the files that they name, such as secrets: for use on another machine")
    .option("--json", "print the findings as JSON")
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

  program
    .command("hub")
    .description(
      "run a simulated IoT Hub: an MQTT broker and the cloud API, on loopback unless told otherwise; orders on stdin change what it does (`help` lists them)",
    )
    .option("--product <id>", "product ID of the simulated device", "ABCDEFGH12")
    .option("--device <name>", "name of the simulated device", "gateway01")
    .option("--secret-file <file>", "file with the device's secret; without it, a made-up one that is printed")
    .option("--sub-device <product/name>", "a sub-device of this gateway; may be repeated", collect)
    .option("--topology <file>", "more devices and sub-devices, with their secrets, as JSON (docs/simulated-hub.md)")
    .option("--unbind-result-type <type>", "type of the result of an unbind; the documentation shows bind", "unbind")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--mqtt-port <port>", "MQTT over TCP; 0 for any free one", "1883")
    .option("--api-port <port>", "the cloud API over HTTP; 0 for any free one", "8083")
    .option("--tls-port <port>", "MQTT over TLS, with --tls-cert and --tls-key", "8883")
    .option("--tls-cert <file>", "server certificate (PEM)")
    .option("--tls-key <file>", "its private key (PEM)")
    .option("--tls-client-ca <file>", "CA certificate for device certificates (PEM)")
    .option(
      "--psk-port <port>",
      "MQTT over TLS by the device's secret (PSK), without any certificate, as Tencent's C SDK",
    )
    .option("--ws-port <port>", "MQTT over WebSocket")
    .option("--wss-port <port>", "MQTT over WebSocket and TLS, with --tls-cert and --tls-key")
    .option("--cutoff-ms <ms>", "how long a call waits for the response", "4000")
    .option("--rate-limits", "enforce IoT Hub's rate limits for CONNECT, messages and calls")
    .action(async (options) => finish((await import("./hub.ts")).hub(options)));

  program
    .command("mcu")
    .description("run virtual MCUs, each on a tty; commands on stdin control their faults (`help` lists them)")
    .option("--link <path>", "make this symbolic link to the tty; for several MCUs, one each", collect)
    .option("--count <number>", "run as many, alike; with --link PATH the links are PATH1, PATH2 and so on")
    .option("--baud <rate>", "send and receive at this baud rate (default: at once)")
    .option("--window <commands>", "how many commands it takes at once (default: 1)")
    .option("--line <bytes>", "longest line that it takes, LF included (default: 256)")
    .option("--crc", "use checksums on every line")
    .option("--dedup <commands>", "how many of the last commands it remembers (default: 0)")
    .option("--cancel", "understand cancels")
    .option("--no-hello", "never send a hello, and answer no probe")
    .option("--fw <name>", "name and version of the firmware")
    .option("--boot-ms <ms>", "how long a start takes (default: 0)")
    .option("--boot-chatter", "send a boot loader's noise at each start")
    .option("--line-end <name>", "end of its lines: lf, crlf, cr, lfcr, crcrlf, lfnul (default: lf)")
    .option("--head <text>", "text in front of each of its lines; \\xHH is a byte, \\e is ESC, as in '\\e[0;32m'")
    .option("--tail <text>", "text after each of its lines, before the line end")
    .option("--prompt <text>", "text after each line end, as a console's prompt")
    .option("--reply <text>", "answer every command with this text (default: with its own payload)")
    .option("--keep-half-lines", "do not drop a half line after half a second of silence")
    .option("--rx-buffer <bytes>", "size of the receive buffer; bytes that do not fit are lost (default: no limit)")
    .option("--seed <number>", "seed of everything random (default: 1)")
    .option("--delay-ms <ms>", "delay between a command and its reply")
    .option("--jitter-ms <ms>", "add a random delay of up to this much")
    .option("--silence", "execute everything, but send nothing")
    .option("--echo", "send back what the gateway sends, as an RS-485 adapter does")
    .option("--loopback", "connect TX to RX: what the gateway sends comes back, and the MCU hears nothing")
    .option("--drop <share>", "share of lines that are lost, in both directions")
    .option("--garble <share>", "share of lines with one flipped bit, in both directions")
    .option("--wrong-id <share>", "share of replies with another ID")
    .option("--duplicate <share>", "share of replies that are sent twice")
    .option("--split-bytes <bytes>", "send in pieces of this many bytes, 1 ms apart")
    .option("--merge-ms <ms>", "send all lines of this many milliseconds in one write")
    .option("--verbose", "print every line in both directions (default on a terminal)")
    .action(async (options) => finish((await import("./mcu.ts")).mcu(options)));

  program
    .command("call")
    .description("call a device once, as a cloud application does, and explain an error")
    .argument("<payload>", "payload of the request, as text")
    .option("--cloud", "call Tencent's API, with a key (default: the simulated hub, `rrpc-gateway hub`)")
    .option("--url <url>", "another address of the API (default: http://127.0.0.1:8083/)")
    .option("--region <region>", "with --cloud: region of the product, as hub.region (default: china)")
    .option("--product <id>", "product ID of the device", "ABCDEFGH12")
    .option("--device <name>", "name of the device", "gateway01")
    .option("--key-file <file>", "file with SecretId and SecretKey, like ~/.tencentcloud/credentials (mode 0600)")
    .option("--timeout-ms <ms>", "how long to wait; the hub itself waits 4 s, or 10 s", "15000")
    .option("--json", "print everything as one line of JSON")
    .addHelpText("after", callHelp)
    .action(async (payload, options) => finish((await import("./call.ts")).call(payload, options)));

  program
    .command("bench")
    .description("test a board by the rules of the line protocol, measure it under load, and write a report")
    .option("--serial <path>", "the board's serial port; repeated: several boards at once, one report each", collect)
    .option("--virtual", "use a virtual MCU instead of a board")
    .option("--config <file>", "take the line and its limits from this configuration of the gateway")
    .option("--board <name>", "the board's name, for the report; with --config also which of its boards")
    .option("--serial-number <text>", "the board's serial number, for the report; repeated as --serial is", collect)
    .option("--operator <name>", "who tests, for the report")
    .option("--baud <rate>", "baud rate of the line (default: 115200)")
    .option("--format <format>", "data bits, parity (N, E, O), stop bits (default: 8N1)")
    .option("--reply-bytes-max <bytes>", "longest line that the gateway takes, serial.replyBytesMax (default: 2048)")
    .option("--line-end <end>", "end of the board's lines, serial.lineEnd: lf, cr (default: lf)")
    .option("--prompt <text>", "prompt in front of the board's lines, serial.prompt")
    .option("--reset <line>", "modem line that restarts the board: none, dtr, rts", "none")
    .option("--only <pass>", "only one part: conformance or load")
    .option("--requests <number>", "load: number of requests (default: 500)")
    .option("--duration-s <seconds>", "load: how long, in seconds")
    .option("--rate <number>", "load: requests per second")
    .option("--concurrency <number>", "load: how many requests are open at once (default: 1)")
    .option("--sizes <bytes,...>", "load: payload sizes, used in turn (default: 16)")
    .option("--cutoff-ms <ms>", "how long the simulated hub waits for a response (default: 4000)")
    .option("--plain <text>", "a harmless command that is answered at once; the bench adds words to it", "ping")
    .option("--count <text>", "a command that is answered with a number that grows each time", "count")
    .option("--slow <text>", "a command that takes as many milliseconds as its last word says (default: wait 400)")
    .option("--report [file]", "write the report as an HTML page; without FILE, or with a folder, named by the board")
    .option("--json [file]", "write the report as JSON, named likewise")
    .option("--against <file>", "say what is worse than in this earlier report (JSON)")
    .addHelpText("after", benchHelp)
    .action(async (options) => finish((await import("./bench.ts")).bench(options, version)));

  program
    .command("demo")
    .description("show everything in a few seconds: a simulated hub, two virtual MCUs, and this gateway between them")
    .option("--verbose", "show the gateway's log too")
    .action(async (options) => finish((await import("./demo.ts")).demo(options)));

  return program;
}

/** An option that may be repeated. */
function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}

async function finish(exitCode: Promise<number>): Promise<void> {
  letProcessEnd(await exitCode);
}
