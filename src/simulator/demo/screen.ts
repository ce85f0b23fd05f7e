// What the demo looks like: lines of at most 100 columns; colours and movement only on a terminal.
import type { Call } from "./application.ts";
import { duration, fill } from "./text.ts";

export interface Screen {
  /** How many verdicts had something to object to. */
  brokenCount(): number;
  title(text: string): void;
  /** An act's or the summary's heading. */
  heading(text: string): void;
  /** What happens, in words. */
  note(text: string): void;
  /** One line for a call, its outcome and its time. */
  call(call: Call): void;
  /** Text as it is, indented. */
  plain(text: string): void;
  /** A promise, kept if `broken` is empty; else what was expected and what was found. */
  verdict(promise: string, broken: readonly string[]): void;
  /** The last line. */
  end(isAsPromised: boolean, totalMs: number): void;
  /** Shows how the time until `work` is done fills the server's cutoff. */
  whileWaiting<T>(work: Promise<T>, cutoffMs: number): Promise<T>;
}

export interface ScreenOptions {
  readonly write: (text: string) => void;
  readonly colours: boolean;
  /** Whether a line may be drawn again and again. */
  readonly moving: boolean;
}

const sgr = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

const columns = 100;
const barColumns = 60;
/** When twenty calls go wrong, they mostly do so for one reason. */
const faultsShown = 3;
/** Often enough to look smooth. */
const redrawMs = 50;

export function createScreen({ write, colours, moving }: ScreenOptions): Screen {
  const paint = (style: keyof typeof sgr, text: string) => (colours ? `\x1b[${sgr[style]}m${text}\x1b[0m` : text);
  const line = (text = "") => write(`${text}\n`);
  let brokenCount = 0;

  function bar(ms: number, cutoffMs: number): string {
    const filled = Math.min(barColumns, Math.round((ms / cutoffMs) * barColumns));
    const rest = "·".repeat(barColumns - filled);
    return `   ${paint("yellow", "━".repeat(filled))}${paint("dim", rest)}┃ ${duration(ms).padStart(7)}, cutoff ${duration(cutoffMs)}`;
  }

  return {
    brokenCount: () => brokenCount,
    title: (text) => line(`\n${paint("bold", text)}\n`),
    heading: (text) => line(`\n${paint("bold", text)}`),
    note: (text) => line(`   ${paint("dim", text)}`),
    plain: (text) => line(`   ${text}`.trimEnd()),
    call(call) {
      const isGood = call.outcome.kind === "answered";
      const arrow = paint("dim", isGood ? "──▶" : "──✕");
      const what = paint(isGood ? "cyan" : "yellow", describeOutcome(call).padEnd(54));
      line(`   ${onOneLine(call.payload).padEnd(27)} ${arrow} ${what} ${duration(call.ms).padStart(9)}`);
    },
    verdict(promise, broken) {
      if (broken.length === 0) return line(`   ${paint("green", "✓")} ${promise}`);
      brokenCount++;
      line(`   ${paint("red", "✗")} ${promise}`);
      const more = broken.length > faultsShown ? [`and ${broken.length - faultsShown} more like this`] : [];
      for (const fault of [...broken.slice(0, faultsShown), ...more]) {
        for (const part of fill(fault.split(" "), columns - 5)) line(`     ${paint("red", part)}`);
      }
    },
    end(isAsPromised, totalMs) {
      const text = isAsPromised ? "✓ all as promised" : "✗ not as promised";
      line(`\n${paint(isAsPromised ? "green" : "red", text)}, in ${(totalMs / 1000).toFixed(1)} s\n`);
    },
    async whileWaiting(work, cutoffMs) {
      const startedAt = performance.now();
      const draw = () => write(`\r${bar(performance.now() - startedAt, cutoffMs)}`);
      const timer = moving ? setInterval(draw, redrawMs) : undefined;
      const result = await work.finally(() => clearInterval(timer));
      line(`${moving ? "\r" : ""}${bar(performance.now() - startedAt, cutoffMs)}`);
      return result;
    },
  };
}

function describeOutcome({ outcome }: Call): string {
  switch (outcome.kind) {
    case "answered":
      return onOneLine(outcome.reply);
    case "error": {
      const { code, reason, executed } = outcome.error;
      return `${`${code} / ${reason}`.padEnd(36)} executed: ${executed}`;
    }
    case "cloud_error":
      return outcome.code;
    default:
      return outcome satisfies never;
  }
}

function onOneLine(text: string): string {
  return text.replaceAll("\n", "⏎");
}
