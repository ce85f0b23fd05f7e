import assert from "node:assert/strict";
import type { Prompter } from "../../src/setup/prompter.ts";

/** A person who answers in this order; `undefined` takes what is proposed. */
export function personWith(...answers: readonly unknown[]) {
  const asked: string[] = [];
  const left = [...answers];
  const next = <Value>(question: string, proposal: Value): Value => {
    asked.push(question);
    return (left.shift() ?? proposal) as Value;
  };
  const prompter: Prompter = {
    text(question, proposal, problem) {
      const text = next(question, proposal ?? "");
      assert.equal(problem(text), undefined);
      return Promise.resolve(text);
    },
    secret: (question) => Promise.resolve(next(question, "")),
    choose(question, choices, proposal) {
      asked.push(...choices.map(({ name }) => name));
      return Promise.resolve(next(question, proposal as (typeof choices)[number]["value"]));
    },
    confirm: (question, proposal) => Promise.resolve(next(question, proposal)),
  };
  return { prompter, asked };
}
