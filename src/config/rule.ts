import type { BoardSettings } from "./board-options.ts";
import type { device } from "./device-options.ts";
import type { Mismatch } from "./findings.ts";
import type { PathsOf } from "./option.ts";
import type { OptionPath, Settings } from "./options.ts";

/** What a rule sees: the file, with one of its boards as if it were the only one; `device` is undefined where it is. */
export type RuleSettings = Omit<Settings, "boards"> & { readonly device: BoardSettings["device"] | undefined };

/** An option of the file, or of one of its boards without `boards.NAME`. */
export type RulePath = Exclude<OptionPath, `boards.${string}`> | `device.${PathsOf<typeof device>}`;

/** Whether an option is given in the file. */
export type IsGiven = (path: RulePath) => boolean;

/** A rule that joins several options. One that reads an option of a board is checked for each board. */
export type Rule = {
  /** The option that the message points at; a function if it may be one of several. */
  readonly at: RulePath | ((isGiven: IsGiven, settings: RuleSettings) => RulePath);
  readonly reads: readonly RulePath[];
  /** Undefined if the rule is kept. */
  readonly check: (settings: RuleSettings, isGiven: IsGiven) => Mismatch | undefined;
};
