import type { Command } from "commander";
import { callExitCodes, exitCodes } from "./exit-codes.ts";

/** The end of the help of `call`: what the exit status says. */
const callHelp = `
Exit status:
  ${callExitCodes.answered}   the device answered; its reply is on stdout
  ${callExitCodes.notExecuted}   an error, and the command was not carried out: calling again is safe
  ${callExitCodes.perhapsExecuted}   an error, and the command may have been carried out
  ${exitCodes.usage}  the command line, the environment or the file with the key is wrong
With --local also:
  ${exitCodes.usage}  the board is not named, or there is none of this name
  ${exitCodes.noPermission}  the control socket may not be used by this user
  ${exitCodes.config}  the configuration names no control socket
With --gateway also:
  ${callExitCodes.answered}   the order is carried out; of status: the gateway works (a board that is away
      does not count), of doctor: no problem found
  ${callExitCodes.notExecuted}   something is wrong: what it is asked for did not come about, or it is not healthy
  ${callExitCodes.perhapsExecuted}   no answer, or that of a board
  ${exitCodes.temporaryFailure}  not done yet: the same order again tells what came of it

The key: TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY with --cloud,
RRPC_HUB_SECRET_ID and RRPC_HUB_SECRET_KEY without it (a simulated hub that was
started with them checks signatures). Temporary credentials have a session token
as well: TENCENTCLOUD_SESSION_TOKEN (or TENCENTCLOUD_TOKEN), without --cloud
RRPC_HUB_SESSION_TOKEN, or token in the file with the key. Use a key of a user
who may only call iotcloud:PublishRRPCMessage.`;

/** The end of the help of `console`: what the exit status says. */
const consoleHelp = `
Exit status:
  ${exitCodes.ok}   left by a person, also by Ctrl-C; from a pipe: every line was done
  ${callExitCodes.notExecuted}   from a pipe: a line was not done, and nothing of that was carried out
  ${callExitCodes.perhapsExecuted}   from a pipe: a line was not answered, and may have been carried out
  ${exitCodes.usage}  the command line is wrong, or a line from a pipe
  ${exitCodes.unavailable}  the port or the gateway is not available
  ${exitCodes.noPermission}  the port, the socket or the configuration may not be used by this user
  ${exitCodes.config}  the configuration is wrong
  ${exitCodes.interrupted} from a pipe: ended by Ctrl-C (SIGINT)`;

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

/** Adds the commands for a desk, which need no gateway that runs: what simulates, what calls, what measures and what shows. */
export function addDeskCommands(
  program: Command,
  version: string,
  finish: (exitCode: Promise<number>) => Promise<void>,
): void {
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
    .description("call a device, as a cloud application does or at the gateway itself, and explain an error")
    .argument("<payload...>", "payload of the request, as text; with --gateway an order, such as status")
    .option("--cloud", "call Tencent's API, with a key (default: the simulated hub, `rrpc-gateway hub`)")
    .option("--url <url>", "another address of the API (default: http://127.0.0.1:8083/)")
    .option("--region <region>", "with --cloud: region of the product, as hub.region (default: china)")
    .option("--product <id>", "product ID of the device (default: ABCDEFGH12)")
    .option("--device <name>", "name of the device (default: gateway01)")
    .option(
      "--gateway",
      "call the gateway itself: status, boards, doctor, dump, probe, reopen, reset, reload, log, as its remote.allow allows",
    )
    .option("--prefix <text>", "with --gateway: what its orders begin with, remote.prefix in its configuration")
    .option("--key-file <file>", "file with SecretId and SecretKey, like ~/.tencentcloud/credentials (mode 0600)")
    .option("--timeout-ms <ms>", "how long to wait; the hub itself waits 4 s, or 10 s", "15000")
    .option("--local", "call a board of the gateway that runs here, through its control.socket, without the cloud")
    .option(
      "--config <file>",
      "with --local: the gateway's YAML file; with --gateway: product, device, region and prefix are those in it",
    )
    .option("--board <name>", "with --local: which of several boards")
    .option("--count <number>", "with --local: call so many times, and print percentiles")
    .option("--rate <number>", "with --count: calls per second (default: each when the one before is answered)")
    .option("--json", "print everything as one line of JSON")
    .addHelpText("after", callHelp)
    .action(async (payload, options) => finish((await import("./call.ts")).call(payload, options)));

  program
    .command("console")
    .summary("talk to a board line by line, through the running gateway or straight at a free port")
    .description(
      "Talk to a board line by line: a typed line is a payload, id and checksum are added, the answer is matched and timed, and " +
        "everything that the board says is shown as it comes. With --config through the running gateway, by its " +
        "control.socket; while none runs, and with --serial, straight at the port. /help lists what else can be typed. " +
        "From a pipe each line is answered before the next is taken.",
    )
    .option("--config <file>", "the gateway's YAML file")
    .option("--board <name>", "which of its boards")
    .option("--serial <path>", "a port that is free, without a gateway")
    .option("--no-port", "through the running gateway or not at all: where none runs, the port is not opened")
    .option("--baud <rate>", "at a port: baud rate of the line (default: 115200)")
    .option("--format <format>", "at a port: data bits, parity (N, E, O), stop bits (default: 8N1)")
    .option("--reply-bytes-max <bytes>", "at a port: longest line that is taken, serial.replyBytesMax (default: 2048)")
    .option("--line-end <end>", "at a port: end of the board's lines, serial.lineEnd: lf, cr (default: lf)")
    .option("--prompt <text>", "at a port: prompt in front of the board's lines, serial.prompt")
    .option("--history <file>", "keep what is typed in this file, for its user alone (default: for this session only)")
    .option("--stop-at-error", "from a pipe: take no more lines after the first one that is not done")
    .option("--json", "print everything that happens as one JSON object per line")
    .addHelpText("after", consoleHelp)
    .action(async (options) => finish((await import("./console.ts")).console(options)));

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
}

/** An option that may be repeated. */
function collect(value: string, values: readonly string[] = []): readonly string[] {
  return [...values, value];
}
