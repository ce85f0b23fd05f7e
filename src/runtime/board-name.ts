/** The name of the board of a file that has only one. */
export const soleBoard = "board";

/** In place of a board's name: the gateway's own device, where no board answers for it. No board can have this name. */
export const gatewayItself = "";

/** What people and callers know a board by; undefined for the board of a file that has only one, which needs no name. */
export function shownName(board: string): string | undefined {
  return board === soleBoard ? undefined : board;
}
