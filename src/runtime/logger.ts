import { shownName } from "./board-name.ts";

export type Level = "debug" | "info" | "warn" | "error";

/**
 * What log lines are counted together under, because one cause makes several kinds of them: a cable that is pulled ends the link,
 * commands and their requests. What the MCU says of its own accord is counted apart, because firmware that prints each second is
 * well; and so is what was done to bring it back, which must not drown in the rest.
 */
export type Incident = "board" | "mcu words" | "recovery" | "hub" | "callers";

export interface Log {
  /**
   * @param key what makes two messages the same: repeated ones are collapsed to a count
   * @param incident with which others it is counted; without it, by its key alone
   * @param board whose line it is: it begins with this name, and each board's lines are counted apart; undefined for what
   *   belongs to no board, and where there is only one
   */
  say(level: Level, key: string, text: string, incident?: Incident | undefined, board?: string | undefined): void;
  /** Whether what is said at this level is written at all; without it, everything is. */
  shows?(level: Level): boolean;
}

/**
 * The log of what is said of one board: each line begins with its name, where it needs one.
 *
 * @param board undefined for what belongs to no board
 */
export function logOf(board: string | undefined, log: Log): Log {
  const name = board === undefined ? undefined : shownName(board);
  return {
    say: (level, key, text, incident) => log.say(level, key, text, incident, name),
    shows: (level) => log.shows?.(level) ?? true,
  };
}
