/** Questions to a person at a terminal. Each resolves to an answer that is good, or rejects with `Interrupted`. */
export interface Prompter {
  /** @param problem what is wrong with an answer; undefined if nothing is */
  text(question: string, proposal: string | undefined, problem: (text: string) => string | undefined): Promise<string>;
  /** What is typed is not shown. */
  secret(question: string, problem: (text: string) => string | undefined): Promise<string>;
  choose<Value>(question: string, choices: readonly Choice<Value>[], proposal?: Value): Promise<Value>;
  confirm(question: string, proposal: boolean): Promise<boolean>;
}

export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
}

/** Ctrl-C at a question. */
export class Interrupted extends Error {}
