import { Correlator } from "../../src/core/correlator.ts";
import type { Input } from "../../src/core/input.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { CorrelatorOptions } from "../../src/core/options.ts";
import type { Output } from "../../src/core/output.ts";
import type { ProbeResult } from "../../src/core/probe-result.ts";
import { describeReport } from "../../src/gateway/reports/catalogue.ts";
import { rrpcDialectWith } from "../../src/protocol/dialect.ts";
import { payloadRules } from "../../src/protocol/payload-rules.ts";
import { documentedDialect } from "../protocol/documented.ts";
import { defaultOptions } from "./default-options.ts";
import { bytesOf, textOf } from "./transcript-bytes.ts";
import { type Column, folded, type Line, lineText, parseLine, type Turn } from "./transcript-lines.ts";

/**
 * Plays the inputs of a transcript to a correlator, lets its alarms ring when they are due, and writes down again what
 * went in and what came out. `transcripts/README.md` explains the notation.
 */
export function replay(transcript: string): string {
  const texts = transcript.split("\n").filter((text) => text.trim() !== "");
  const head = texts.filter((text) => /^(#|option |dialect |prompt )/.test(text));
  const options = head.filter((text) => !text.startsWith("#")).reduce(withOption, defaultOptions);
  const player = new Player(options);
  for (const text of texts) {
    const line = parseLine(text);
    if (line === undefined) {
      if (!head.includes(text)) throw new Error(`no line of a transcript: ${text}`);
    } else if (!outputColumns.has(line.column)) player.play(line);
  }
  player.rest();
  return `${[...head, ...folded(player.turns).map(lineText)].join("\n")}\n`;
}

export const eventNames = [
  "link up",
  "link closing",
  "link down",
  "link kept",
  "session down",
  "drain",
  "release",
  "take back",
  "probe",
  "write stalls",
  "write taken",
  "write works",
  "suspended",
  "resumed",
] as const;

/** What stands there already is written anew. */
const outputColumns: ReadonlySet<Column> = new Set(["→mcu", "→cloud", "→local", "note", "act", "…"]);

const noPatterns = { allow: undefined, deny: undefined };

/** `option NAME JSON`, where NAME may be `recovery.reopen`, `dialect NAME` or `prompt JSON`. */
function withOption(options: CorrelatorOptions, text: string): CorrelatorOptions {
  const [, kind = "", rest = ""] = /^(\w+) (.*)$/.exec(text) ?? [];
  if (kind === "dialect") return { ...options, dialect: documentedDialect(rest) };
  if (kind === "prompt") {
    return { ...options, dialect: rrpcDialectWith({ prompt: JSON.parse(rest), lineEnd: "lf" }) };
  }
  const [, path = "", json = ""] = /^(\S+) (.*)$/.exec(rest) ?? [];
  if (path === "payloadRules")
    return { ...options, payloadRules: payloadRules({ ...noPatterns, ...JSON.parse(json) }) };
  // The names are those of CorrelatorOptions, which `changed` holds.
  return changed(options as unknown as Tree, path.split("."), JSON.parse(json)) as unknown as CorrelatorOptions;
}

type Tree = Readonly<Record<string, unknown>>;

function changed(tree: Tree, [name = "", ...path]: readonly string[], value: unknown): Tree {
  if (!(name in tree)) throw new Error(`no such option: ${name}`);
  return { ...tree, [name]: path.length === 0 ? value : changed(tree[name] as Tree, path, value) };
}

/** Longer than any deadline: what is open then is settled in the transcript. */
const restMs = 10_000;

/** A transcript that has come so far is in a loop. */
const turnsMax = 5000;

class Player {
  readonly turns: Turn[] = [];
  readonly #correlator: Correlator;
  #options: CorrelatorOptions;
  #now: Instant = 0;
  /** When the latest line came that was written by hand. */
  #lastAt: Instant = 0;
  #writeStalls = false;
  #suspendedSince: Instant | undefined;
  /** When it runs again, having been suspended since then, all that has come meanwhile is read at once. */
  #backlog: { readonly since: Instant; readonly readAt: Instant } | undefined;

  constructor(options: CorrelatorOptions) {
    this.#options = options;
    this.#correlator = new Correlator(options);
  }

  play(line: Line): void {
    if (line.at < this.#lastAt) throw new Error(`it comes before the line above it: ${lineText(line)}`);
    this.#lastAt = line.at;
    this.#ringUntil(line.at);
    this.#now = line.at;
    this.turns.push({ at: line.at, isAlarm: false, lines: [line] });
    if (this.#suspendedSince !== undefined && line.text !== "resumed") {
      throw new Error(`what comes to a suspended process is read when it has resumed: ${lineText(line)}`);
    }
    const input = this.#inputOf(line);
    if (input !== undefined) this.#take(input);
  }

  rest(): void {
    this.#ringUntil(this.#now + restMs);
  }

  #ringUntil(end: Instant): void {
    if (this.#suspendedSince !== undefined) return;
    for (let at = this.#correlator.wakeAt(); at !== undefined && at <= end; at = this.#correlator.wakeAt()) {
      if (this.turns.length > turnsMax) throw new Error("this transcript does not end");
      this.#now = Math.max(at, this.#now);
      this.turns.push({ at: this.#now, isAlarm: true, lines: [] });
      this.#take({ kind: "alarm" });
    }
  }

  #inputOf({ at, column, text }: Line): Input | undefined {
    switch (column) {
      case "mcu→": {
        const [, count, head = ""] = /^\((\d+) bytes\) (.*)$/.exec(text) ?? [];
        if (count === undefined) return { kind: "line", bytes: bytesOf(text) };
        return { kind: "overlong", head: bytesOf(head), byteCount: Number(count) };
      }
      case "cloud→":
      case "local→": {
        const [, processId = "", payload = ""] = /^(\S*) ?(.*)$/.exec(text) ?? [];
        const arrivedAt = this.#backlog?.readAt === at ? this.#backlog.since : at;
        const source = column === "local→" ? ({ source: "local" } as const) : {};
        return { kind: "request", processId, payload: bytesOf(payload), arrivedAt, ...source };
      }
      case "reload":
        this.#options = withOption(this.#options, `option ${text}`);
        return { kind: "configure", options: this.#options };
      case "event":
        return this.#event(text);
      default:
        throw new Error(`nothing comes in by ${column}`);
    }
  }

  #event(text: string): Input | undefined {
    const name = eventNames.find((name) => name === text);
    switch (name) {
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
      case "release":
        return { kind: "release" };
      case "take back":
        return { kind: "take_back" };
      case "probe":
        return { kind: "probe" };
      case "suspended":
        this.#suspendedSince = this.#now;
        return undefined;
      case "resumed":
        this.#backlog = { since: this.#suspendedSince ?? this.#now, readAt: this.#now };
        this.#suspendedSince = undefined;
        return undefined;
      case "write stalls":
      case "write works":
        this.#writeStalls = name === "write stalls";
        return undefined;
      case "write taken":
        this.#writeStalls = false;
        return { kind: "written" };
      case undefined:
        throw new Error(`no such event: ${text}`);
      default:
        return name satisfies never;
    }
  }

  /** As the gateway does it: what is taken while a backlog is read comes after the word that it is. */
  #take(input: Input): void {
    if (this.#backlog?.readAt === this.#now) this.#step({ kind: "resumed", until: this.#now + 1 });
    this.#step(input);
  }

  #step(input: Input): void {
    const outputs = this.#correlator.step(input, this.#now);
    for (const output of outputs) this.#writeOutput(output);
    if (!this.#writeStalls && outputs.some(({ kind }) => kind === "write")) this.#step({ kind: "written" });
  }

  #writeOutput(output: Output): void {
    switch (output.kind) {
      case "publish":
        this.#write("→cloud", `${output.processId} ${responseText(output.payload)}`);
        break;
      case "answer":
        this.#write("→local", `${output.processId} ${responseText(output.payload)}`);
        break;
      case "publish_event":
        this.#write("→cloud", `event ${textOf(output.payload)}`);
        break;
      case "write":
        if (output.discardsUnsent) this.#write("act", "discard");
        this.#write("→mcu", writtenText(output.bytes));
        break;
      case "report": {
        const { level, text } = describeReport(output.report);
        this.#write("note", `${level}: ${text}`);
        break;
      }
      case "reopen":
        this.#write("act", output.rung);
        break;
      case "probed":
        this.#write("→local", probedText(output.result));
        break;
      case "drained":
        this.#write("act", output.kind);
        break;
      default:
        output satisfies never;
    }
  }

  #write(column: Column, text: string): void {
    this.turns.at(-1)?.lines.push({ at: this.#now, column, text });
  }
}

function probedText(result: ProbeResult): string {
  switch (result.kind) {
    case "answered":
      return `probe answered${result.ms === undefined ? ", time unknown" : ` after ${result.ms} ms`}: ${result.hello}`;
    case "unanswered":
      return `probe unanswered for ${result.waitedMs} ms`;
    case "not_sent":
      return `probe not sent: ${result.why}`;
    default:
      return result satisfies never;
  }
}

/** The LF at the end of what is written is not shown, unless CR and LF are. */
function writtenText(bytes: Buffer): string {
  const text = textOf(bytes);
  if (!/(^|[␊␍])$/.test(text)) throw new Error(`what is written ends no line: ${text}`);
  return text.replace(/(?<!␍)␊$/, "");
}

/** An error in the words of docs/errors.md, anything else as it is. */
function responseText(payload: Buffer): string {
  if (!payload.toString().startsWith('{"error":')) return textOf(payload);
  const { error } = JSON.parse(payload.toString());
  return `[${error.source} ${error.code}/${error.reason}, executed ${error.executed}] ${error.message}`;
}
