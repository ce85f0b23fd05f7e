// What a rule works with: a board, and commands that are known to do no harm.
import { setTimeout as sleep } from "node:timers/promises";
import { type Board, isAnswerTo } from "./board.ts";
import type { Answer, Hello } from "./board-line.ts";

/** The commands that are sent to the board, in its firmware's words. */
export interface Commands {
  /** Harmless, and answered quickly, by a reply or a refusal; words may follow it. */
  readonly plain: string;
  /** Answered with another text each time it is executed. */
  readonly count: string;
  /** Takes as many milliseconds as the number at its end says. */
  readonly slow: string;
}

/** What the firmware makes visible; some rules can be checked only with it. */
export interface Abilities {
  /** Its replies contain the payload. */
  readonly echoes: boolean;
  /** The count command is answered with another number each time. */
  readonly counts: boolean;
  /** How long the slow command takes; undefined if it does not take as long as it says. */
  readonly slowMs: number | undefined;
}

export interface RuleContext {
  readonly board: Board;
  readonly commands: Commands;
  readonly abilities: Abilities;
  readonly hello: Hello;
  /** An id that no command has had yet. */
  freshId(): string;
  /** Sends a command and waits for its answer. */
  command(payload: string, id?: string): Promise<Answer | undefined>;
  /** Waits for the answer to a command that was sent; `extraMs` is added to the time allowed for a quick one. */
  answer(id: string, extraMs?: number): Promise<Answer | undefined>;
  /**
   * Sends a command and waits for its answer: everything that was sent before is then processed. Listens a moment longer,
   * so that late output is seen. True if it was answered.
   */
  barrier(): Promise<boolean>;
  /** How many answers were received for this id. */
  answersTo(id: string): number;
}

/** Half of the cloud's cutoff: a board that takes longer for a harmless command is of little use. */
export const answerMs = 2000;
/** Long enough for an answer to a line that the board has read already. */
const listenMs = 30;

/** What holds without a hello (docs/line-protocol.md, Hello). */
export const defaultHello: Hello = {
  window: 1,
  lineBytesMax: undefined,
  crc: false,
  dedup: 0,
  cancel: false,
  boot: undefined,
  fw: undefined,
  problems: [],
};

/** For one rule after another, with what is known of the board so far. */
export function createRuleContext(
  board: Board,
  commands: Commands,
  abilities: Abilities,
  nextId: () => string,
): RuleContext {
  async function answer(id: string, extraMs = 0): Promise<Answer | undefined> {
    return await board.next(isAnswerTo(id), answerMs + extraMs);
  }
  async function command(payload: string, id = nextId()): Promise<Answer | undefined> {
    await board.send(payload === "" ? `>${id}` : `>${id} ${payload}`);
    return await answer(id);
  }
  return {
    board,
    commands,
    abilities,
    get hello() {
      return board.hello() ?? defaultHello;
    },
    freshId: nextId,
    command,
    answer,
    async barrier() {
      const answered = (await command(commands.plain)) !== undefined;
      await sleep(listenMs);
      return answered;
    },
    answersTo: (id) => board.received().filter(isAnswerTo(id)).length,
  };
}

/** An answer's text, whichever kind it is. */
export function textOf(answer: Answer): string {
  return answer.kind === "reply" ? answer.payload : `! ${answer.code} ${answer.text}`;
}
