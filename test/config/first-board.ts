import type { BoardConfig } from "../../src/config/board-config.ts";
import type { Config } from "../../src/config/load.ts";

/** The first board of a configuration: the only one of most files. */
export function firstBoard({ boards: [board] }: Pick<Config, "boards">): BoardConfig {
  if (board === undefined) throw new Error("a configuration without a board");
  return board;
}
