import type { BoardConfig } from "../../config/board-config.ts";
import { describeHello } from "../../protocol/describe-hello.ts";
import type { LineEnd } from "../../protocol/framing.ts";
import type { Hello } from "../../protocol/hello.ts";
import { type Finding, fault, ok, warning } from "../finding.ts";
import type { LineFacts } from "./lines.ts";

/** Who it says it is. */
export type Answer =
  | { readonly kind: "hello"; readonly hello: Hello; readonly tookMs: number }
  | { readonly kind: "other_version"; readonly version: string };

/** Nothing that is an answer: so many lines that are no answer, and so many bytes that are in no line. */
export interface NoAnswer {
  readonly kind: "none";
  readonly lineCount: number;
  readonly strayBytes: number;
  /** What was found out about its silence; undefined where nothing was. */
  readonly instead?: Instead;
}

/** Why an MCU does not answer that does, in another format or to another probe. */
export interface Instead {
  readonly code: "no_bare_probe" | "other_format";
  readonly evidence: string;
  readonly help: string;
}

/** What came of asking the MCU at one baud rate. */
export interface Trial {
  readonly baudRate: number;
  readonly answer:
    | Answer
    | NoAnswer
    /** The port could not be opened, or went away. */
    | { readonly kind: "no_port"; readonly message: string; readonly hint: string | undefined };
  readonly lines: LineFacts;
  /** How many of the lines that were sent have come back. */
  readonly echoCount: number;
}

export function isAnswered({ answer }: Trial): boolean {
  return answer.kind === "hello" || answer.kind === "other_version";
}

/**
 * @param first the trial at the configured rate
 * @param others those at other rates, if there were any
 * @param echo what `serial.echo` says
 */
export function checkMcu(first: Trial, others: readonly Trial[], echo: BoardConfig["serial"]["echo"]): Finding {
  const id = "mcu.hello";
  const { answer, baudRate, echoCount, lines } = first;
  switch (answer.kind) {
    case "hello": {
      const hello = `hello after ${answer.tookMs.toFixed(0)} ms at ${baudRate} baud: ${describeHello(answer.hello)}`;
      const { malformed, memory } = lines.hello ?? {};
      if (malformed !== undefined) return warning(id, "malformed_hello", `${hello}; but ${malformed}`, helloHelp);
      if (memory !== undefined) return warning(id, "unusable_memory", `${hello}; but ${memory}`, memoryHelp);
      if (echoCount > 0) return ok(id, "hello", `${hello}; sent lines come back as well`);
      if (echo !== "always") return ok(id, "hello", hello);
      return warning(
        id,
        "no_echo",
        `${hello}; sent lines do not come back, although serial.echo is always`,
        "serial.echo: maybe",
      );
    }
    case "other_version":
      return fault(
        id,
        "other_version",
        `it speaks ${answer.version}, this gateway rrpc/1: requests are refused`,
        "update the firmware",
      );
    case "no_port":
      return fault(id, "no_port", answer.message, answer.hint);
    case "none":
      return checkSilence(first, others, describeNoise(first, answer));
    default:
      return answer satisfies never;
  }
}

const helloHelp =
  "docs/line-protocol.md has the hello's keys; what the gateway cannot read counts as no hello: a window of 1 and no checksums";

const memoryHelp = "say boot=… with a word of each start, and dedup=… of at least the window; or leave out dedup";

function checkSilence(first: Trial, others: readonly Trial[], noise: string | undefined): Finding {
  const id = "mcu.hello";
  const { answer, lines } = first;
  const instead = answer.kind === "none" ? answer.instead : undefined;
  if (instead !== undefined) return fault(id, instead.code, instead.evidence, instead.help);
  // Where its checksum is wrong, that is to be told, and not what else may be.
  if (lines.hello?.malformed !== undefined && lines.damaged === undefined)
    return fault(id, "malformed_hello", lines.hello.malformed, helloHelp);
  const right = others.find(isAnswered);
  if (right !== undefined)
    return fault(
      id,
      "other_baud_rate",
      `${noise ?? "silence"} at ${first.baudRate} baud, but it answers at ${right.baudRate} baud`,
      `set serial.baudRate: ${right.baudRate}`,
    );
  const tried = others.filter(({ answer }) => answer.kind === "none").map(({ baudRate }) => baudRate);
  const rates = tried.length === 0 ? "" : `, nor at ${tried.join(", ")}`;
  return warning(
    id,
    "no_hello",
    `no hello${noise === undefined ? "" : `: ${noise}`} at ${first.baudRate} baud${rates}`,
    causeOf(first),
  );
}

function causeOf({ answer, echoCount, lines }: Trial): string {
  if (lines.damaged !== undefined) return "see the finding about its lines";
  if (answer.kind === "none" && answer.lineCount > 0)
    return "it is alive; firmware that answers no probe works too, with a window of 1 and no checksums";
  if (lines.otherLineEnd !== undefined) return `set serial.lineEnd: ${lines.otherLineEnd}`;
  const wires =
    echoCount > 0
      ? "is TX joined to RX? An RS-485 adapter receives what it sends, too: then check A and B, power"
      : "check power, TX and RX (crossed?)";
  return `${wires}, GND, and whatever else its firmware waits for; firmware that answers no probe is fine too`;
}

/** What came instead of an answer; undefined where nothing came. */
function describeNoise({ echoCount, lines }: Trial, { lineCount, strayBytes }: NoAnswer): string | undefined {
  const echo = echoCount > 0 ? "sent lines come back, and " : "";
  if (lines.damaged !== undefined) return `${echo}hellos (${lines.damaged.count}) whose checksum is wrong`;
  if (lineCount > 0) return `${echo}${lineCount} lines that are no answer`;
  if (lines.otherLineEnd !== undefined) return `${echo}${strayBytes} bytes ${describeOtherLineEnd(lines.otherLineEnd)}`;
  if (strayBytes > 0) return `${echo}${strayBytes} bytes that are no line`;
  return echoCount > 0 ? `${echo}nothing else answers` : undefined;
}

/** Bytes, or lines, that end so. */
function describeOtherLineEnd(came: LineEnd): string {
  return came === "cr" ? "with CR and no LF" : "with LF and no CR";
}
