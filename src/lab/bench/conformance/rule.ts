import type { Exchange } from "./board.ts";
import type { Hello } from "./hello.ts";
import type { RuleContext } from "./rule-context.ts";

/** The result of a rule. */
export type Verdict = "pass" | "fail" | "not_claimed" | "not_judged";

/** Verdicts for people. */
export const verdictNames: Readonly<Record<Verdict, string>> = {
  pass: "PASS",
  fail: "FAIL",
  not_claimed: "NOT CLAIMED",
  not_judged: "NOT JUDGED",
};

/** A verdict, and why, in words. */
export interface RuleOutcome {
  readonly verdict: Verdict;
  readonly note: string;
  /** The failed rule, by its id, because of which this one could not be judged. */
  readonly because?: string;
  /** The lines that show it, where they are not those of the time in which the rule was checked. */
  readonly exchanged?: readonly Exchange[];
}

/** A rule of the line protocol that can be checked on a board. */
export interface Rule {
  /** Stable, for scripts. */
  readonly id: string;
  /** The rule as a sentence about the board. */
  readonly name: string;
  /** Its heading in docs/line-protocol.md. */
  readonly section: string;
  /** What in a hello makes the rule binding, in words and as a function. Undefined: it binds every board. */
  readonly claim?: { readonly words: string; readonly made: (hello: Hello | undefined) => boolean };
  /** The rules, by their ids, without which this one cannot be judged. */
  readonly needs: readonly string[];
  readonly run: (context: RuleContext) => Promise<RuleOutcome> | RuleOutcome;
}

/** A rule that was checked, with what passed on the line meanwhile. */
export interface RuleResult extends RuleOutcome {
  readonly id: string;
  readonly name: string;
  readonly section: string;
  readonly exchanged: readonly Exchange[];
}

export function notJudged(note: string): RuleOutcome {
  return { verdict: "not_judged", note };
}

/** What depends on the rule with this id, which has failed or will. */
export function notJudgedBecause(id: string): RuleOutcome {
  return { verdict: "not_judged", note: "", because: id };
}

/** Passes if there is no problem; `note` then says what was seen. */
export function passUnless(problems: readonly (string | false | undefined)[], note: string): RuleOutcome {
  const found = problems.filter((problem) => typeof problem === "string");
  return found.length === 0 ? { verdict: "pass", note } : { verdict: "fail", note: found.join("; ") };
}

/** A board that sends a hello must keep the whole protocol; one without is checked only for what every MCU needs. */
export const hasHello = { words: "a hello", made: (hello: Hello | undefined) => hello !== undefined };
