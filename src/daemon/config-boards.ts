import type { BoardConfig } from "../config/board-config.ts";
import type { Config } from "../config/load.ts";

/** @throws if there is no board of this name: that is a bug of the caller */
export function boardIn({ boards }: Config, name: string): BoardConfig {
  const board = boards.find((one) => one.name === name);
  if (board === undefined) throw new Error(`no board ${name} in the configuration`);
  return board;
}

/** The names of the boards that come, go and stay. */
export function boardChanges(before: Config, after: Config) {
  const namesIn = ({ boards }: Config) => boards.map(({ name }) => name);
  const was = namesIn(before);
  const is = namesIn(after);
  return {
    added: is.filter((name) => !was.includes(name)),
    removed: was.filter((name) => !is.includes(name)),
    kept: is.filter((name) => was.includes(name)),
  };
}
