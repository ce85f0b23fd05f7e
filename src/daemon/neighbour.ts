import type { BoardConnection } from "./board-connection.ts";
import type { LocalHands } from "./local-hands.ts";

export interface NeighboursParts {
  /** By name. */
  readonly boards: ReadonlyMap<string, Pick<BoardConnection, "isBehind">>;
  readonly isServing: (board: string) => boolean;
  readonly hands: Pick<LocalHands, "released">;
}

/**
 * A board other than this one that would lose its power with this USB socket while somebody needs it: its callers, or whoever has its
 * port, perhaps in the middle of a flash.
 */
export function neighbourAt(
  socket: string,
  except: string,
  { boards, isServing, hands }: NeighboursParts,
): string | undefined {
  for (const [name, board] of boards) {
    const isNeeded = name !== except && (isServing(name) || hands.released(name) !== undefined);
    if (isNeeded && board.isBehind(socket)) return name;
  }
  return undefined;
}
