// Questions by @inquirer: in a file of its own when built, which is read only where somebody is asked.
import confirm from "@inquirer/confirm";
import input from "@inquirer/input";
import password from "@inquirer/password";
import select from "@inquirer/select";
import type { Choice, Prompter } from "./prompter.ts";

/**
 * @param shown text as the terminal can show it
 * @param interruption what a question rejects with at Ctrl-C; made by the caller, because a built file has its own classes
 */
export function createPrompter(shown: (text: string) => string, interruption: () => Error): Prompter {
  // What is asked is put into what the terminal can show here: the package counts characters to know its rows.
  const prefix = { idle: "?", done: shown("✓") };
  const icon = { cursor: shown("❯") };
  const checked = (problem: (text: string) => string | undefined) => (text: string) =>
    shownProblem(problem(text.trim())) ?? true;
  function shownProblem(problem: string | undefined): string | undefined {
    return problem === undefined ? undefined : shown(problem);
  }

  return {
    async text(question, proposal, problem) {
      const message = shown(question);
      const proposed = proposal === undefined ? {} : { default: proposal };
      return (await answered(input({ message, ...proposed, validate: checked(problem), theme: { prefix } }))).trim();
    },
    async secret(question, problem) {
      const message = shown(question);
      return (await answered(password({ message, mask: "*", validate: checked(problem), theme: { prefix } }))).trim();
    },
    choose<Value>(question: string, choices: readonly Choice<Value>[], proposal?: Value): Promise<Value> {
      const indexed = choices.map(({ name }, value) => ({ name: shown(name), value }));
      const at = choices.findIndex(({ value }) => value === proposal);
      const theme = { prefix, icon, style: { keysHelpTip: () => shown("arrow keys, then Enter") } };
      const chosen = select({
        message: shown(question),
        choices: indexed,
        default: Math.max(0, at),
        loop: false,
        theme,
      });
      return answered(chosen).then((index) => (choices[index] as Choice<Value>).value);
    },
    confirm: (question, proposal) =>
      answered(confirm({ message: shown(question), default: proposal, theme: { prefix } })),
  };

  async function answered<Value>(prompt: Promise<Value>): Promise<Value> {
    return await prompt.catch((error: Error) => {
      // Ctrl-C, and the end of the terminal.
      throw error.name === "ExitPromptError" || error.name === "AbortPromptError" ? interruption() : error;
    });
  }
}
