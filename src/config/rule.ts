import type { Mismatch } from "./findings.ts";
import type { OptionPath, Settings } from "./options.ts";

/** Whether an option is given in the file. */
export type IsGiven = (path: OptionPath) => boolean;

/** A rule that joins several options. */
export type Rule = {
  /** The option that the message points at; a function if it may be one of several. */
  readonly at: OptionPath | ((isGiven: IsGiven, settings: Settings) => OptionPath);
  readonly reads: readonly OptionPath[];
  /** Undefined if the rule is kept. */
  readonly check: (settings: Settings, isGiven: IsGiven) => Mismatch | undefined;
};
