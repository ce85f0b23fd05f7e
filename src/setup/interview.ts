import { meantHint } from "../config/nearest.ts";
import { accepts, expectedOf, type Option, wholeNumberIn } from "../config/option.ts";
import type { Choice, Prompter } from "./prompter.ts";

/** One thing that has to be known. */
export interface Wanted {
  /** The option that answers it, such as "--product". */
  readonly flag: string;
  readonly given: string | undefined;
  /** For people, without a question mark. */
  readonly question: string;
  readonly proposal?: string | undefined;
}

/**
 * Answers from the command line, or from a person. Without a person every answer that is missing is a problem, and the
 * interview goes on, so that all of them are told at once.
 */
export class Interview {
  readonly problems: string[] = [];
  readonly #prompter: Prompter | undefined;

  /** @param prompter undefined where nobody can be asked */
  constructor(prompter: Prompter | undefined) {
    this.#prompter = prompter;
  }

  get prompter(): Prompter | undefined {
    return this.#prompter;
  }

  /** Undefined, with a problem, where there is no good answer. */
  async text(wanted: Wanted, option: Option): Promise<string | undefined> {
    return await this.checked(wanted, (text) =>
      accepts(option, option.kind === "whole" ? wholeNumberIn(text) : text)
        ? undefined
        : `expected ${expectedOf(option)}`,
    );
  }

  /** @param problem what is wrong with an answer, such as "expected a file"; what was found is put behind it */
  async checked(
    { flag, given, question, proposal }: Wanted,
    problem: (text: string) => string | undefined,
  ): Promise<string | undefined> {
    if (given !== undefined) {
      const wrong = problem(given);
      if (wrong === undefined) return given;
      this.problems.push(`${flag}: ${wrong}, found ${JSON.stringify(given)}`);
      return undefined;
    }
    if (this.#prompter !== undefined) return await this.#prompter.text(question, proposal, problem);
    if (proposal !== undefined) return proposal;
    this.missing(flag, question);
    return undefined;
  }

  async choice<Value extends string>(
    { flag, given, question, proposal }: Wanted & { readonly proposal?: Value | undefined },
    choices: readonly Choice<Value>[],
    synonyms: Readonly<Record<string, string>> = {},
  ): Promise<Value | undefined> {
    const values = choices.map(({ value }) => value);
    if (given !== undefined) {
      const known = values.find((value) => value === given);
      const hint = meantHint(given, values, synonyms);
      const wrong = `expected one of ${values.join(", ")}${hint}, found ${JSON.stringify(given)}`;
      if (known === undefined) this.problems.push(`${flag}: ${wrong}`);
      return known;
    }
    if (this.#prompter !== undefined) return await this.#prompter.choose(question, choices, proposal);
    if (proposal === undefined) this.missing(flag, question);
    return proposal;
  }

  missing(flag: string, what: string): void {
    this.problems.push(`${flag} is missing: ${what}`);
  }
}
