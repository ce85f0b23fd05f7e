import { isUtf8 } from "node:buffer";
import { printable } from "../runtime/text.ts";
import { type Result, results, type Session } from "./session.ts";

/** What of a line stands in a note about it. */
const shownMax = 60;

const resultTexts: Readonly<Record<Exclude<Result, "done">, string>> = {
  not_executed: "not carried out",
  wrong: "nothing was done: the line is wrong",
  perhaps_executed: "it may have been carried out",
};

export interface ScriptOptions {
  readonly session: Session;
  /** Says something to people. */
  readonly note: (text: string) => void;
  /** Whether the first line that is not done is the last one that is taken. */
  readonly stopsAtError: boolean;
}

/** A program's lines, one after the other. */
export class Script {
  readonly #options: ScriptOptions;
  #lineNumber = 0;
  #worst: Result = "done";
  /** There is no way to the board any more. */
  #isCut = false;

  constructor(options: ScriptOptions) {
    this.#options = options;
    void options.session.ended.then(() => {
      this.#isCut = true;
    });
  }

  /** Of what came of the lines so far. */
  get worst(): Result {
    return this.#worst;
  }

  /** How far it has come, for one that does not come to its end. */
  get progress(): string {
    const count = this.#lineNumber;
    return count === 0 ? "no line was taken" : `line ${count} is the last one that was taken: none after it was sent`;
  }

  /** @param lines as they were read, each byte a character: resolves when the last one is done, or the first one that says so */
  async run(lines: AsyncIterable<string>): Promise<void> {
    const { session, note, stopsAtError } = this.#options;
    for await (const line of lines) {
      if (this.#isCut) return;
      this.#lineNumber += 1;
      const bytes = Buffer.from(line, "latin1");
      const result = isUtf8(bytes) ? await session.take(bytes.toString()) : this.#noText();
      if (result === "left") return;
      if (results.indexOf(result) > results.indexOf(this.#worst)) this.#worst = result;
      if (result === "done") continue;
      note(`line ${this.#lineNumber}, "${printable(bytes.toString(), shownMax)}": ${resultTexts[result]}`);
      if (!stopsAtError) continue;
      note(this.progress);
      return;
    }
  }

  #noText(): Result {
    this.#options.note("the line is no UTF-8: write such bytes as \\xHH");
    return "wrong";
  }
}
