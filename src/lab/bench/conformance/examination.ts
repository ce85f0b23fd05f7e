// What rules are tried with: a board, and commands whose effects are known to do no harm.
import { setTimeout as sleep } from "node:timers/promises";
import { type Board, isAnswerTo } from "./board.ts";
import type { Answer, Hello } from "./said.ts";

/** The commands that are sent to the board, as its firmware knows them. */
export interface Commands {
  /** Harmless, and quickly answered, be it by a refusal; words may follow it. */
  readonly plain: string;
  /** Answered with another text each time that it is done. */
  readonly count: string;
  /** Takes the time that the number at its end says, in milliseconds. */
  readonly slow: string;
}

/** What the firmware turned out to have, for rules that need it to see anything. */
export interface Abilities {
  /** Its answers have the payload in them. */
  readonly echoes: boolean;
  readonly counts: boolean;
  /** How long the slow command takes; undefined where it does not. */
  readonly slowMs: number | undefined;
}

export interface Examination {
  readonly board: Board;
  readonly commands: Commands;
  readonly abilities: Abilities;
  readonly hello: Hello;
  /** An id that no command has had. */
  freshId(): string;
  /** Sends a command and waits for its answer. */
  ask(payload: string, id?: string): Promise<Answer | undefined>;
  /** Waits for the answer to a command that was sent; `extraMs` on top of what a quick one may take. */
  answer(id: string, extraMs?: number): Promise<Answer | undefined>;
  /** Asks something, so that what was sent before has been dealt with; then listens a moment longer. True: answered. */
  fence(): Promise<boolean>;
  /** How many answers have come to this id. */
  answersTo(id: string): number;
}

/** Half of the cloud's cutoff: a board that takes longer for a harmless command is of little use anyway. */
export const answerMs = 2000;
/** After an answer that proves that a line was read, an answer to that line would come as soon. */
const listenMs = 30;

/** What holds when nothing is claimed (docs/line-protocol.md, Hello). */
export const defaultHello: Hello = {
  window: 1,
  lineBytesMax: undefined,
  crc: false,
  dedup: 0,
  cancel: false,
  boot: undefined,
  fw: undefined,
  faults: [],
};

/** The tools for one rule after another, with what is known of the board so far. */
export function createExamination(
  board: Board,
  commands: Commands,
  abilities: Abilities,
  nextId: () => string,
): Examination {
  async function answer(id: string, extraMs = 0): Promise<Answer | undefined> {
    return await board.next(isAnswerTo(id), answerMs + extraMs);
  }
  async function ask(payload: string, id = nextId()): Promise<Answer | undefined> {
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
    ask,
    answer,
    async fence() {
      const answered = (await ask(commands.plain)) !== undefined;
      await sleep(listenMs);
      return answered;
    },
    answersTo: (id) => board.heard().filter(isAnswerTo(id)).length,
  };
}

/** An answer's text, whatever kind it is of. */
export function textOf(answer: Answer): string {
  return answer.kind === "reply" ? answer.payload : `! ${answer.code} ${answer.text}`;
}
