// What the bench shows in a terminal: lines wrapped between words, and colours and a moving bar only where the terminal
// has them.

import { wrap } from "../../wrap.ts";
import { type RuleResult, type Verdict, verdictNames } from "../conformance/rule.ts";
import { type Figures, partNames, percentileNames } from "../load/figures.ts";
import type { LoadResult } from "../load/load.ts";
import type { Comparison } from "./compare.ts";
import { type BenchResult, deviations } from "./result.ts";
import { countNames, lineText, ms, percent, visible } from "./text.ts";

export interface TerminalOptions {
  readonly write: (text: string) => void;
  readonly colours: boolean;
  /** Whether a line may be redrawn. */
  readonly moving: boolean;
  /** The terminal's current width. */
  readonly columns: () => number;
}

export interface Terminal {
  title(text: string): void;
  heading(text: string): void;
  note(text: string): void;
  /** A line as it is, such as a row of a table. */
  text(line: string): void;
  rule(result: RuleResult): void;
  /** Progress of the load, `share` 0 to 1. */
  progress(share: number, text: string): void;
  load(figures: Figures, result: LoadResult): void;
  end(result: BenchResult): void;
}

const sgr = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;
const verdictStyles = {
  pass: "green",
  fail: "red",
  not_claimed: "dim",
  not_judged: "yellow",
} as const satisfies Record<Verdict, keyof typeof sgr>;
const barColumns = 44;
/** A narrower one has no room for a word. */
const widthMin = 20;
/** Column of a rule's name. */
const ruleIndent = 16;
/** Lines shown for a failed rule; the report has all of them. */
const exchangesShown = 6;
const redrawMs = 100;

/** Of several boards at once only the passes and the failed rules are told, each with the board's name. */
export function terminalOfOne({ note }: Pick<Terminal, "note">, board: string): Terminal {
  return {
    title() {},
    heading: (text) => note(`${board}: ${text}`),
    note() {},
    text() {},
    rule({ verdict, name, note: why }) {
      if (verdict === "fail") note(`${board}: ${verdictNames[verdict]} ${name}: ${why}`);
    },
    progress() {},
    load() {},
    end() {},
  };
}

export function createTerminal({ write, colours, moving, columns }: TerminalOptions): Terminal {
  const paint = (style: keyof typeof sgr, text: string) => (colours ? `\x1b[${sgr[style]}m${text}\x1b[0m` : text);
  const line = (text = "") => write(`${moving ? "\r\x1b[K" : ""}${text.trimEnd()}\n`);
  let drawnAt = 0;

  /** Rules that could not be judged because of the same failed one are told together. */
  let blocked: RuleResult[] = [];

  function tellBlocked(): void {
    const [first] = blocked;
    if (first === undefined) return;
    const head = `   ${paint(verdictStyles.not_judged, verdictNames.not_judged.padEnd(11))}  `;
    const ids = blocked.map(({ id }) => id).join(", ");
    const text =
      blocked.length === 1 ? `${first.name}: ${first.note}` : `${blocked.length} rules ${first.note}: ${ids}`;
    blocked = [];
    after(head, ruleIndent, text, "dim");
  }

  /** Text after `head`, wrapped where it is too wide. */
  function after(head: string, headLength: number, text: string, style?: keyof typeof sgr): void {
    const lines = wrap(visible(text), Math.max(widthMin, columns() - 1 - headLength));
    for (const [index, part] of lines.entries()) {
      const shown = style === undefined ? part : paint(style, part);
      line(`${index === 0 ? head : " ".repeat(headLength)}${shown}`);
    }
  }

  const indented = (text: string, style?: keyof typeof sgr, indent = 3) =>
    after(" ".repeat(indent), indent, text, style);

  function table(figures: Figures): void {
    line(
      `   ${paint("dim", ["ms", ...percentileNames].map((name, at) => (at ? name.padStart(10) : name.padEnd(10))).join(""))}`,
    );
    for (const part of partNames) {
      const values = figures.latency[part];
      line(`   ${part.padEnd(10)}${percentileNames.map((name) => ms(values?.[name]).padStart(10)).join("")}`);
    }
  }

  function histogram(figures: Figures): void {
    const most = Math.max(1, ...figures.histogram.map(({ count }) => count));
    for (const { fromMs, toMs, count } of figures.histogram) {
      const bar = "█".repeat(Math.ceil((count / most) * barColumns));
      line(`   ${ms(fromMs).padStart(7)} – ${ms(toMs).padEnd(7)} ${bar.padEnd(barColumns)} ${count || ""}`);
    }
  }

  function tellComparison({ startedAt, firmware, worse, better, notCompared }: Comparison): void {
    indented(`compared with the run of ${startedAt}, firmware ${firmware ?? "unnamed"}:`);
    for (const words of worse) after(`   ${paint("red", "worse")}   `, 11, words);
    for (const words of better) after(`   ${paint("green", "better")}  `, 11, words);
    if (worse.length + better.length === 0) indented("nothing is worse, and nothing better");
    for (const words of notCompared) indented(`not compared: ${words}`, "dim");
    line();
  }

  return {
    title: (text) => line(`\n${paint("bold", visible(text))}`),
    heading(text) {
      tellBlocked();
      line(`\n${paint("bold", text)}`);
    },
    text: (row) => line(`   ${row}`),
    note: (text) => indented(text, "dim"),
    rule(result) {
      const { verdict, name, note, section, because, exchanged } = result;
      if (because !== blocked[0]?.because) tellBlocked();
      if (because !== undefined) {
        blocked.push(result);
        return;
      }
      after(`   ${paint(verdictStyles[verdict], verdictNames[verdict].padEnd(11))}  `, ruleIndent, name);
      if (note !== "" && verdict !== "pass") indented(note, "dim", ruleIndent);
      if (verdict !== "fail") return;
      for (const { direction, line: text } of exchanged.slice(-exchangesShown)) {
        line(
          `                ${paint("dim", `${direction === "sent" ? "▶" : "◀"} ${lineText(text, Math.max(widthMin, Math.min(80, columns() - ruleIndent - 8)))}`)}`,
        );
      }
      line(`                ${paint("dim", `docs/line-protocol.md, ${section}`)}`);
    },
    progress(share, text) {
      if (!moving || (share < 1 && performance.now() - drawnAt < redrawMs)) return;
      drawnAt = performance.now();
      const filled = Math.round(Math.min(1, share) * barColumns);
      write(`\r   ${paint("green", "━".repeat(filled))}${paint("dim", "·".repeat(barColumns - filled))} ${text}\x1b[K`);
    },
    load(figures, { gatewayCounts, strayReplies }) {
      const { requests, answered, shareInTime, perSecond } = figures;
      indented(
        `${answered} of ${requests} answered, ${percent(shareInTime)} before the cutoff, ${perSecond.toFixed(1)} per second`,
      );
      for (const [outcome, count] of figures.errors) line(`   ${paint("red", `${count} × ${outcome}`)}`);
      const counts = Object.entries(countNames).map(([name, words]) => `${gatewayCounts.get(name) ?? 0} ${words}`);
      indented([...counts, `${strayReplies} unexpected replies at the hub`].join(", "), "dim");
      if (answered === 0) return;
      line();
      table(figures);
      line();
      histogram(figures);
    },
    end(result) {
      tellBlocked();
      const found = deviations(result);
      line();
      if (result.against !== undefined) tellComparison(result.against);
      for (const deviation of found) after(`${paint("red", "✗")} `, 2, deviation);
      line(
        found.length === 0 ? paint("green", "✓ PASS: no deviations found") : paint("red", "✗ FAIL: deviations found"),
      );
      line();
    },
  };
}
