// What a rule works with: a board, and commands that are known to do no harm.
import { setTimeout as sleep } from "node:timers/promises";
import { type Board, isAnswer, isAnswerTo, type LineSettings, type ReceivedLine } from "./board.ts";
import type { Answer } from "./board-line.ts";
import type { Handshake, Trial } from "./handshake.ts";
import { defaultHello, type Hello } from "./hello.ts";
import { quoted } from "./quoted.ts";

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

/** What is known of the board before its rules are checked. */
export interface Known {
  readonly handshake: Handshake;
  /** How its first command went. */
  readonly trial: Trial;
  readonly abilities: Abilities;
}

export interface RuleContext extends Known {
  readonly board: Board;
  readonly commands: Commands;
  readonly settings: LineSettings;
  readonly hello: Hello;
  /** An id that no command has had yet. */
  freshId(): string;
  /** Sends a command and waits for its answer. */
  command(payload: string, id?: string): Promise<(ReceivedLine & Answer) | undefined>;
  /** Waits for the answer to a command that was sent; `extraMs` is added to the time allowed for a quick one. */
  answer(id: string, extraMs?: number): Promise<(ReceivedLine & Answer) | undefined>;
  /**
   * Sends a command and waits for its answer: everything that was sent before is then processed. Listens a moment longer,
   * so that late output is seen. True if it was answered.
   */
  barrier(): Promise<boolean>;
  /** How many answers were received for this id. What stands behind text may be a log of the answer itself. */
  answersTo(id: string): number;
}

/** Half of the cloud's cutoff: a board that takes longer for a harmless command is of little use. */
export const answerMs = 2000;
/** Long enough for an answer to a line that the board has read already. */
const listenMs = 30;

/** For one rule after another, with what is known of the board so far. */
export function createRuleContext(
  board: Board,
  commands: Commands,
  settings: LineSettings,
  known: Known,
  nextId: () => string,
): RuleContext {
  async function answer(id: string, extraMs = 0): Promise<(ReceivedLine & Answer) | undefined> {
    return await board.next(isAnswerTo(id), answerMs + extraMs);
  }
  async function command(payload: string, id = nextId()): Promise<(ReceivedLine & Answer) | undefined> {
    await board.send(payload === "" ? `>${id}` : `>${id} ${payload}`);
    return await answer(id);
  }
  return {
    ...known,
    board,
    commands,
    settings,
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
    answersTo(id) {
      const answers = board.received().filter(isAnswerTo(id));
      const plain = answers.filter(({ isFronted }) => !isFronted);
      return plain.length > 0 ? plain.length : answers.length;
    },
  };
}

/** An answer's text, whichever kind it is. */
export function textOf(answer: Answer): string {
  return answer.kind === "reply" ? answer.payload : `! ${answer.code} ${answer.text}`;
}

/** Answers to something that was no command, since the last `mark`; the barrier was the last command. */
export function strays({ board }: RuleContext): string[] {
  const answers = board.received().filter(isAnswer);
  const barrierId = answers.at(-1)?.id;
  return answers.filter(({ id }) => id !== barrierId).map(({ line }) => `it answered ${quoted(line)}`);
}
