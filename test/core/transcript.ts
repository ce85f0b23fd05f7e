import { Correlator } from "../../src/core/correlator.ts";
import type { CorrelatorOptions, Input, Output } from "../../src/core/step.ts";
import { describeReport } from "../../src/gateway/describe.ts";
import { rrpcDialect, rrpcDialectWith } from "../../src/protocol/dialect.ts";
import { documentedDialect } from "../protocol/documented.ts";

/**
 * A golden transcript is what stood on both wires, with times in ms, seen from the gateway:
 *
 *     0  mqtt>  ID PAYLOAD      a request arrives             uart<  LINE    a line is written
 *     0  uart>  LINE            the MCU sends a line          mqtt<  ID …    a response is published
 *     0  uart>  (raw) LINE      the same, with `\xHH` for what is no text
 *     0  event  NAME            link up, link closing, link down, link kept, session down, drain, write stalls, write works, taken
 *     0  note   TEXT            what is reported              act    NAME    what else the gateway asks for
 *
 * The inputs are played to a correlator, alarms ring when they are due, and all is written down again.
 * `option NAME JSON` before the first line changes an option, `dialect NAME` takes an example of docs/dialects.md,
 * `prompt JSON` is the console's. `\n` and the like stand for control characters.
 */

export const defaultOptions: CorrelatorOptions = {
  deadlineMs: 3500,
  cutoffMs: 4000,
  queueMax: 512,
  replyBytesMax: 2048,
  responseBytesMax: 16_000,
  writeTimeoutMs: 1000,
  lateReplyMs: 60_000,
  windowMax: 16,
  commandBytesMax: 256,
  helloWaitMs: 2000,
  probeIntervalMs: 1000,
  stalledAfter: 2,
  idleProbeMs: 0,
  recovery: { reopen: "idle", canPulse: false, hasCommand: false },
  hasFlowControl: false,
  events: { isPublished: false, perSecondMax: 5, eventBytesMax: 400 },
  echo: "maybe",
  dialect: rrpcDialect,
  wire: { baudRate: 115_200, dataBits: 8, parity: "none", stopBits: 1 },
};

interface Step {
  readonly at: number;
  readonly kind: string;
  readonly text: string;
}

export function replay(transcript: string): string {
  const lines = transcript.split("\n").filter((line) => line.trim() !== "");
  const comments = lines.filter((line) => line.startsWith("#"));
  const settings = lines.filter((line) => /^(option|dialect|prompt) /.test(line));
  const steps = lines.flatMap((line) => parseStep(line));
  const world = new World({ ...defaultOptions, ...Object.fromEntries(settings.map(parseOption)) });
  for (const step of steps) world.play(step);
  world.rest();
  return `${[...comments, ...settings, ...world.written].join("\n")}\n`;
}

function parseOption(line: string): [string, unknown] {
  if (line.startsWith("prompt ")) {
    return ["dialect", rrpcDialectWith({ prompt: JSON.parse(line.slice("prompt ".length)), lineEnd: "lf" })];
  }
  const [kind, name = "", value = ""] = line.split(" ");
  return kind === "dialect" ? [kind, documentedDialect(name)] : [name, JSON.parse(value)];
}

function parseStep(line: string): Step[] {
  const match = /^ *(\d+) {2}(mqtt>|uart>|event) +(.*)$/.exec(line);
  return match === null ? [] : [{ at: Number(match[1]), kind: match[2] ?? "", text: match[3] ?? "" }];
}

class World {
  readonly written: string[] = [];
  readonly #correlator: Correlator;
  #now = 0;
  #writeStalls = false;

  constructor(options: CorrelatorOptions) {
    this.#correlator = new Correlator(options);
  }

  play(step: Step): void {
    this.#ringUntil(step.at);
    this.#now = step.at;
    this.#write(step.kind, step.text);
    const input = this.#inputOf(step);
    if (input !== undefined) this.#step(input);
  }

  /** Lets time pass until nothing is due in the next ten seconds. */
  rest(): void {
    this.#ringUntil(this.#now + 10_000);
  }

  #ringUntil(end: number): void {
    for (let at = this.#correlator.wakeAt(); at !== undefined && at <= end; at = this.#correlator.wakeAt()) {
      if (this.written.length > 10_000) throw new Error("this transcript does not end");
      this.#now = Math.max(at, this.#now);
      this.#step({ kind: "alarm" });
    }
  }

  #inputOf({ kind, text }: Step): Input | undefined {
    if (kind === "uart>") {
      const [, count, head] = /^\((\d+) bytes\) (.*)$/.exec(text) ?? [];
      if (text.startsWith("(raw) ")) return { kind: "line", bytes: decoded(text.slice("(raw) ".length)) };
      if (count !== undefined) return { kind: "overlong", head: bytesOf(head ?? ""), byteCount: Number(count) };
      return { kind: "line", bytes: bytesOf(text) };
    }
    if (kind === "mqtt>") {
      const [processId = "", ...words] = text.split(" ");
      return { kind: "request", processId, payload: bytesOf(words.join(" ")), arrivedAt: this.#now };
    }
    switch (text) {
      case "link up":
        return { kind: "link_up" };
      case "link closing":
        return { kind: "link_closing" };
      case "link down":
        return { kind: "link_down" };
      case "link kept":
        return { kind: "link_kept" };
      case "session down":
        return { kind: "session_down" };
      case "drain":
        return { kind: "drain" };
      case "write stalls":
      case "write works":
        this.#writeStalls = text === "write stalls";
        return undefined;
      case "write taken":
        this.#writeStalls = false;
        return { kind: "written" };
      default:
        throw new Error(`no such event: ${text}`);
    }
  }

  #step(input: Input): void {
    const outputs = this.#correlator.step(input, this.#now);
    for (const output of outputs) this.#writeOutput(output);
    if (!this.#writeStalls && outputs.some(({ kind }) => kind === "write")) this.#step({ kind: "written" });
  }

  #writeOutput(output: Output): void {
    switch (output.kind) {
      case "publish":
        this.#write("mqtt<", `${output.processId} ${responseText(output.payload)}`);
        break;
      case "publish_event":
        this.#write("mqtt<", `event ${textOf(output.payload)}`);
        break;
      case "write":
        if (output.discardsUnsent) this.#write("act", "discard");
        this.#write("uart<", textOf(output.bytes).replace(/\\n$/, ""));
        break;
      case "report": {
        const { level, text } = describeReport(output.report);
        this.#write("note", `${level}: ${text}`);
        break;
      }
      case "reopen":
        this.#write("act", output.rung);
        break;
      case "drained":
        this.#write("act", output.kind);
        break;
      default:
        output satisfies never;
    }
  }

  #write(kind: string, text: string): void {
    this.written.push(`${String(Math.round(this.#now)).padStart(6)}  ${kind.padEnd(5)}  ${text}`.trimEnd());
  }
}

/** An error in the words of the README's table, anything else as it is. */
function responseText(payload: Buffer): string {
  if (!payload.toString().startsWith('{"error":')) return textOf(payload);
  const { error } = JSON.parse(payload.toString());
  return `[${error.source} ${error.code}/${error.reason}, executed ${error.executed}] ${error.message}`;
}

function textOf(bytes: Buffer): string {
  return JSON.stringify(bytes.toString("latin1")).slice(1, -1).replaceAll('\\"', '"').replaceAll("\\\\", "\\");
}

/** `\n`, `\r` and `\0` in a request's payload are the control characters; on the wire they stand as they are. */
function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}

function decoded(text: string): Buffer {
  return bytesOf(
    text.replace(/\\x([0-9a-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
  );
}
