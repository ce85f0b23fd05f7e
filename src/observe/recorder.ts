import type { Instant } from "../core/instant.ts";
import type { Observation } from "../gateway/boundary.ts";
import { BoardRecorder, type Gap } from "./board-recorder.ts";
import type { Entry } from "./trace-ring.ts";

/**
 * The flight recorder: of each board, and of what belongs to none, the last observations, by themselves, so that a board that
 * babbles pushes out nothing of its neighbours'. Takes constant memory for each board, and formats nothing before it is asked.
 */
export class Recorder {
  /** By undefined for what belongs to no board. */
  readonly #boards = new Map<string | undefined, BoardRecorder>();

  record(observation: Observation, at: Instant): void {
    this.#of(boardOf(observation)).record(observation, at);
  }

  /** Keeps what it holds now of this board until the next call for it; `board` is undefined for what belongs to no board. */
  keep(board: string | undefined): void {
    this.#of(board).keep();
  }

  /** A board is gone. */
  forget(board: string): void {
    this.#boards.delete(board);
  }

  /**
   * From the oldest to the latest; what is missing between them is counted.
   *
   * @param board only of this board and of what belongs to none; without it, of all
   * @param lastMax only so many of the latest of each board
   */
  entries({ board, lastMax }: { readonly board?: string; readonly lastMax?: number } = {}): readonly (Entry | Gap)[] {
    const all = [...this.#boards]
      .filter(([whose]) => board === undefined || whose === undefined || whose === board)
      .flatMap(([, recorder]) => recorder.entries().slice(lastMax === undefined ? 0 : -lastMax))
      .sort((one, other) => one.at - other.at);
    // What went before everything that is kept is no gap.
    return all[0]?.kind === "gap" ? all.slice(1) : all;
  }

  #of(board: string | undefined): BoardRecorder {
    const known = this.#boards.get(board);
    if (known !== undefined) return known;
    const recorder = new BoardRecorder(board);
    this.#boards.set(board, recorder);
    return recorder;
  }
}

/** Whose it is; undefined for what is no board's. */
export function boardOf(observation: Observation): string | undefined {
  return observation.kind === "session" ? undefined : observation.board;
}
