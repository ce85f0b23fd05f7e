// What the demo shows: lines that fit the terminal, and colours and a moving bar only where the terminal has them.

import { wrap } from "../wrap.ts";
import type { Call } from "./application.ts";
import { callLines } from "./call-lines.ts";
import { duration } from "./text.ts";

export interface Screen {
  /** How many promises were not kept. */
  failedCount(): number;
  /** How many characters fit into a line of `plain`. */
  width(): number;
  title(text: string): void;
  /** A step's heading. */
  heading(text: string): void;
  /** What happens, in words. */
  note(text: string): void;
  /** One line for a call, its outcome and its time; more on a narrow screen. */
  call(call: Call): void;
  /** Indented text, wrapped between words; further lines are indented by `hanging` more. */
  plain(text: string, hanging?: number): void;
  /** A promise, kept if there are no deviations. A deviation says what was expected and what was found. */
  verdict(promise: string, deviations: readonly string[]): void;
  /** The last line. */
  end(isAsPromised: boolean, totalMs: number): void;
  /** Shows the time until `work` is done as a part of the server's cutoff. */
  whileWaiting<T>(work: Promise<T>, cutoffMs: number): Promise<T>;
}

export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly colours: boolean;
  /** Whether a line may be redrawn. */
  readonly moving: boolean;
  /** The terminal's current width. */
  readonly columns: () => number;
  /** Text in characters that the terminal can show. */
  readonly shown: (text: string) => string;
}

const sgr = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

/** Longer lines are not easier to read. */
const widthMax = 99;
/** A narrower one has no room for a word. */
const widthMin = 20;
const barMax = 60;
const indent = 3;
/** When twenty calls fail, it is mostly for one reason. */
const deviationsShown = 3;
/** Fast enough to look smooth. */
const redrawMs = 50;

export function createScreen({ write, colours, moving, columns, shown }: ScreenOptions): Screen {
  const paint = (style: keyof typeof sgr, text: string) =>
    colours && text !== "" ? `\x1b[${sgr[style]}m${text}\x1b[0m` : text;
  const line = (text = "") => write(`${text}\n`);
  // The last column stays free: old terminals start a new line as soon as it is written.
  const width = () => Math.max(widthMin, Math.min(widthMax, columns() - 1));
  let failedCount = 0;

  /** Indented lines in a style. */
  function lines(text: string, style?: keyof typeof sgr, left = indent, hanging = 0): void {
    for (const part of wrap(shown(text), width() - left, hanging)) {
      line(" ".repeat(left) + (style === undefined ? part : paint(style, part)));
    }
  }

  /** A line after a coloured mark. */
  function marked(mark: string, style: keyof typeof sgr, text: string, left = indent): void {
    const [first = "", ...rest] = wrap(shown(text), width() - left - 2);
    line(`${" ".repeat(left)}${paint(style, shown(mark))} ${first}`);
    for (const part of rest) line(`${" ".repeat(left + 2)}${part}`);
  }

  function bar(ms: number, cutoffMs: number): string {
    const text = ` ${duration(ms).padStart(7)}, cutoff ${duration(cutoffMs)}`;
    const length = Math.max(1, Math.min(barMax, width() - indent - 1 - text.length));
    const filled = Math.min(length, Math.round((ms / cutoffMs) * length));
    const rest = shown("·".repeat(length - filled));
    return `${" ".repeat(indent)}${paint("yellow", shown("━".repeat(filled)))}${paint("dim", rest)}${shown("┃")}${text}`;
  }

  return {
    failedCount: () => failedCount,
    width: () => width() - indent,
    title(text) {
      line();
      lines(text, "bold", 0);
      line();
    },
    heading(text) {
      line();
      lines(text, "bold", 0, indent);
    },
    note: (text) => lines(text, "dim"),
    plain: (text, hanging) => (text === "" ? line() : lines(text.trimEnd(), undefined, indent, hanging)),
    call(call) {
      const style = call.outcome.kind === "answered" ? "cyan" : "yellow";
      for (const { head, arrow, outcome, tail } of callLines(call, width(), shown)) {
        line(`${head}${paint("dim", arrow)}${paint(style, outcome)}${tail}`);
      }
    },
    verdict(promise, deviations) {
      if (deviations.length === 0) return marked("✓", "green", promise);
      failedCount++;
      marked("✗", "red", promise);
      const more =
        deviations.length > deviationsShown ? [`and ${deviations.length - deviationsShown} more like this`] : [];
      for (const deviation of [...deviations.slice(0, deviationsShown), ...more]) lines(deviation, "red", indent + 2);
    },
    end(isAsPromised, totalMs) {
      const text = shown(isAsPromised ? "✓ PASS: every promise was kept" : "✗ FAIL: a promise was broken");
      line(`\n${paint(isAsPromised ? "green" : "red", text)}, in ${(totalMs / 1000).toFixed(1)} s\n`);
    },
    async whileWaiting(work, cutoffMs) {
      const startedAt = performance.now();
      const draw = () => write(`\r${bar(performance.now() - startedAt, cutoffMs)}\x1b[K`);
      const timer = moving ? setInterval(draw, redrawMs) : undefined;
      const result = await work.finally(() => clearInterval(timer));
      line(`${moving ? "\r" : ""}${bar(performance.now() - startedAt, cutoffMs)}${moving ? "\x1b[K" : ""}`);
      return result;
    },
  };
}
