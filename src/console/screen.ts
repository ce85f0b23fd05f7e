import { type CallOutcome, executionText, outcomeOf } from "../caller/meaning.ts";
import { formatTrace } from "../observe/format-trace.ts";
import { type Answer, bytesOf, type Probed } from "../observe/socket-protocol.ts";
import type { Contents, TraceEvent } from "../observe/trace-event.ts";
import type { ConsoleMessage } from "./board.ts";
import { shownBytes } from "./shown-bytes.ts";

/** What a line is, for its colour. */
export type Style = "sent" | "received" | "good" | "bad" | "plain";

export interface ScreenLine {
  readonly text: string;
  readonly style: Style;
}

/** Own answers whose settlement has not been told yet: it follows at once. */
const ownMax = 512;

/** The line itself shows it, or the answer does. */
const silentReports: ReadonlySet<string> = new Set(["mcu_log", "mcu_log_hidden", "bytes_skipped"]);

/** Tells a person at a board what happens: every line both ways, what came of each call, and what else there is to know. */
export class Screen {
  /** Of calls that were answered here. */
  readonly #own = new Set<string>();
  #isUp: boolean | undefined;

  /**
   * @param now for what has no time of its own, ISO 8601
   * @returns undefined for what is shown otherwise
   */
  lineOf(message: ConsoleMessage, now: string): ScreenLine | undefined {
    switch (message.kind) {
      case "answer":
        this.#remember(message.processId);
        return answerLine(message);
      case "probed":
        return probedLine(message);
      case "unanswered": {
        const execution = executionText({ executed: message.executed, reason: "" });
        return line(now, "error", `no answer: ${message.text}. ${execution}`, "bad");
      }
      case "note":
        return line(now, "note", shownBytes(Buffer.from(message.text)), "plain");
      case "line_out":
      case "line_in":
        return wireLine(message);
      case "request":
      case "response":
        // The lines show it.
        return undefined;
      case "report":
        return this.#reportLine(message);
      case "link":
        // Each attempt to open a port that is away ends in one.
        if (message.isUp === this.#isUp) return undefined;
        this.#isUp = message.isUp;
        // Commands that were typed as lines have no settlement, and perhaps the ids of later requests.
        this.#own.clear();
        return { text: formatTrace(message), style: message.isUp ? "plain" : "bad" };
      default:
        return { text: formatTrace(message), style: "plain" };
    }
  }

  /** A slow reader may miss the settlement. */
  #remember(processId: string): void {
    const [oldest] = this.#own;
    if (oldest !== undefined && this.#own.size >= ownMax) this.#own.delete(oldest);
    this.#own.add(processId);
  }

  #reportLine(event: TraceEvent & { readonly kind: "report" }): ScreenLine | undefined {
    const { report, level } = event;
    if (silentReports.has(report.kind)) return undefined;
    if (report.kind === "settled") {
      if (this.#own.delete(report.processId)) return queuedLine(event.time, report.processId, report.queueMs);
      return line(
        event.time,
        report.outcome === "ok" ? "answer" : "error",
        event.text,
        styleOf(report.outcome === "ok"),
      );
    }
    if (level === "debug" && report.kind !== "command_resent") return undefined;
    return { text: formatTrace(event), style: level === "info" || level === "debug" ? "plain" : "bad" };
  }
}

const styleOf = (isGood: boolean): Style => (isGood ? "good" : "bad");

const ms = (value: number) => `${value.toFixed(1)} ms`;

function line(time: string, mark: string, text: string, style: Style): ScreenLine {
  return { text: `${time.slice(11, 23)} ${mark.padEnd(8)} ${text}`, style };
}

function wireLine({ kind, time, head, contents }: TraceEvent & { readonly kind: "line_in" | "line_out" }): ScreenLine {
  const text = shownContents(contents ?? { text: head ?? "" });
  if (kind === "line_out") return line(time, "->", text, "sent");
  return line(time, "<-", text, head === undefined ? "plain" : "received");
}

/** What is written has an LF at its end, which goes without saying. */
function shownContents(contents: Contents): string {
  return shownBytes(bytesOf(contents)).replace(/\\x0A$/, "");
}

function answerLine({ time, processId, payload, ms: tookMs }: Answer): ScreenLine {
  const outcome = outcomeOf({ kind: "replied", processId, payload: bytesOf(payload) });
  const what = `${shownBytes(Buffer.from(processId))}, ${ms(tookMs)}`;
  if (outcome.kind === "answered") {
    const text = shownBytes(Buffer.from(outcome.payload.toString("latin1").replaceAll("\\", "\\\\"), "latin1"));
    return line(time, "answer", `${what}: ${text}`, "good");
  }
  return line(time, "error", `${what}: ${failureText(outcome)}`, "bad");
}

/** The answer's time is the caller's: what of it was not the board's is told, where it can be seen at all. */
function queuedLine(time: string, processId: string, queueMs: number | undefined): ScreenLine | undefined {
  if (queueMs === undefined || queueMs < 1) return undefined;
  return line(time, "info", `${shownBytes(Buffer.from(processId))}: ${ms(queueMs)} of it queued`, "plain");
}

function failureText(outcome: CallOutcome & { readonly kind: "failed" }): string {
  const { source, code, reason, message } = outcome;
  const name = `${code} / ${reason} (the ${source === "mcu" ? "MCU" : "gateway"}'s)`;
  return shownBytes(Buffer.from(`${name}: ${message}. ${executionText(outcome)}`));
}

const unsent = {
  link_down: "the port is not open",
  write_stalled: "the port takes no bytes",
  released: "somebody else has the port",
  no_probe: "this dialect has none",
} as const;

const helloTime = (tookMs: number | undefined) => (tookMs === undefined ? "time unknown" : ms(tookMs));

function probedLine({ time, result }: Probed): ScreenLine {
  switch (result.kind) {
    case "answered":
      return line(time, "hello", `${helloTime(result.ms)}: ${shownBytes(Buffer.from(result.hello))}`, "good");
    case "unanswered":
      return line(time, "error", `no hello within ${ms(result.waitedMs)}`, "bad");
    case "not_sent":
      return line(time, "error", `no probe was sent: ${unsent[result.why]}`, "bad");
    default:
      return result satisfies never;
  }
}
