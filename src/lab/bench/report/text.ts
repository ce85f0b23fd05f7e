// The bench's words and figures as text. Knows no terminal.
import type { LoadPlan } from "../load/plan.ts";

/** Milliseconds with three significant digits. */
export function ms(value: number | undefined): string {
  if (value === undefined) return "–";
  return value < 10 ? value.toFixed(2) : value < 100 ? value.toFixed(1) : value.toFixed(0);
}

/** A share as per cent: only 1 is shown as 100 %. */
export function percent(share: number): string {
  if (share === 1) return "100 %";
  return `${Math.min(share * 100, 99.99).toFixed(share < 0.99 ? 1 : 2)} %`;
}

/** How a load is paced, in words. */
export function paceText(pace: LoadPlan["pace"]): string {
  return pace.kind === "rate" ? `${pace.perSecond} requests per second` : `${pace.open} at a time`;
}

/** Text without control characters, which would control a terminal, as `\xHH`. */
export function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (one) => `\\x${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

/** A line as UTF-8 text of limited length, with control characters as `\xHH`: it must not control a terminal. */
export function lineText(line: string, lengthMax = 100): string {
  const text = Buffer.from(line, "latin1")
    .toString("utf8")
    .replace(/[\p{Cc}\ufffd]/gu, (one) => {
      if (one === "\n") return "␊";
      if (one === "\r") return "␍";
      return one === "\ufffd" ? "·" : `\\x${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
    });
  return text.length > lengthMax ? `${text.slice(0, lengthMax - 1)}…` : text;
}

/** The gateway's counts in words, in the order in which they are shown; others are shown by name. */
export const countNames: Readonly<Record<string, string>> = {
  late_reply: "late replies",
  second_reply: "second replies",
  stray_reply: "stray replies",
  damaged_line: "damaged lines",
  malformed_line: "malformed lines",
  overlong_line: "overlong lines",
  resent: "retransmissions",
  mcu_restarted: "restarts of the board",
};
