import type { BoardConnection } from "./board-connection.ts";
import type { LocalHands } from "./local-hands.ts";

export interface NeighboursParts {
  /** By name. */
  readonly boards: ReadonlyMap<string, Pick<BoardConnection, "isBehind">>;
  readonly isServing: (board: string) => boolean;
  readonly hands: Pick<LocalHands, "released" | "heldBehind">;
}

/**
 * What would lose its power with this USB socket although somebody needs it, in words: another board, because of its callers, or a port
 * that somebody has, perhaps in the middle of a flash. A reload may have left the port's board out.
 */
export function neighbourAt(
  socket: string,
  except: string,
  { boards, isServing, hands }: NeighboursParts,
): string | undefined {
  for (const [name, board] of boards) {
    const isNeeded = name !== except && (isServing(name) || hands.released(name) !== undefined);
    if (isNeeded && board.isBehind(socket)) return `board ${name} serves or is released`;
  }
  const path = hands.heldBehind(socket);
  return path && `${path} is released`;
}
