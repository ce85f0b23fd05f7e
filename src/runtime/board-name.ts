/** The name of the board of a file that has only one. */
export const soleBoard = "board";

/** What people and callers know a board by; undefined for the board of a file that has only one, which needs no name. */
export function shownName(board: string): string | undefined {
  return board === soleBoard ? undefined : board;
}
