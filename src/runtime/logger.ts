export type Level = "debug" | "info" | "warn" | "error";

/**
 * What one cause makes several kinds of messages about: a cable that is pulled ends the link, commands and their requests.
 * What the MCU says of itself is apart, because firmware that says something each second is well; and so is what was done
 * to bring it back, which must not drown among what that does.
 */
export type Incident = "board" | "mcu words" | "recovery" | "hub" | "callers";

export interface Log {
  /**
   * @param key what makes two messages the same: repeated ones are collapsed to a count
   * @param incident what messages of several keys are counted with, because one cause makes them all; the key alone without
   * @param board whose: what one board says is paced apart from its neighbours'; undefined for what is no board's
   */
  say(level: Level, key: string, text: string, incident?: Incident | undefined, board?: string | undefined): void;
  /** Whether what is said at this level is written at all; without it, everything is. */
  shows?(level: Level): boolean;
}

/** The log of what is said of one board. */
export function logOf(board: string, log: Log): Log {
  return {
    say: (level, key, text, incident) => log.say(level, key, text, incident, board),
    shows: (level) => log.shows?.(level) ?? true,
  };
}
