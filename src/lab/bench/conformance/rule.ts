import type { Exchange } from "./board.ts";
import type { Examination } from "./examination.ts";
import type { Hello } from "./said.ts";

/** How a rule turned out. */
export type Verdict = "pass" | "fail" | "not_claimed" | "not_judged";

/** What was found, and in words why. */
export interface Finding {
  readonly verdict: Verdict;
  readonly note: string;
}

/** A rule of the line protocol as something that can be tried on a board. */
export interface Rule {
  /** Stable, for scripts. */
  readonly id: string;
  /** The rule as a sentence about the board. */
  readonly name: string;
  /** The heading in docs/line-protocol.md that it stands under. */
  readonly section: string;
  /** Undefined: every board must keep it. Else what in the hello makes it the board's own, in words and as a function. */
  readonly claim?: { readonly words: string; readonly made: (hello: Hello | undefined) => boolean };
  readonly run: (examination: Examination) => Promise<Finding>;
}

/** A rule that was tried, with what went over the line meanwhile. */
export interface RuleResult extends Finding {
  readonly id: string;
  readonly name: string;
  readonly section: string;
  readonly exchanged: readonly Exchange[];
}

export function notJudged(note: string): Finding {
  return { verdict: "not_judged", note };
}

/** Passes if no fault is left; `note` says what was seen then. */
export function unless(faults: readonly (string | false | undefined)[], note: string): Finding {
  const found = faults.filter((fault) => typeof fault === "string");
  return found.length === 0 ? { verdict: "pass", note } : { verdict: "fail", note: found.join("; ") };
}
