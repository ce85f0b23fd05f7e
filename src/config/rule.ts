import type { Verdict } from "./findings.ts";
import type { OptionPath, Settings } from "./options.ts";

/** Whether an option stands in the file. */
export type IsGiven = (path: OptionPath) => boolean;

/** A rule that joins several options. */
export type Rule = {
  /** The option that is pointed at; a function where one of several is to blame. */
  readonly at: OptionPath | ((isGiven: IsGiven, settings: Settings) => OptionPath);
  readonly reads: readonly OptionPath[];
  /** Undefined where the rule is kept. */
  readonly check: (settings: Settings, isGiven: IsGiven) => Verdict | undefined;
};
