export type Level = "debug" | "info" | "warn" | "error";

/**
 * What one cause makes several kinds of messages about: a cable that is pulled ends the link, commands and their requests.
 * What the MCU says of itself is apart, because firmware that says something each second is well; and so is what was done
 * to bring it back, which must not drown among what that does.
 */
export type Subject = "board" | "mcu words" | "recovery" | "hub" | "callers";

export interface Log {
  /**
   * @param key what makes two messages the same: repeated ones are collapsed to a count
   * @param about what messages of several keys are about together, because one cause makes them all; the key alone without
   */
  say(level: Level, key: string, text: string, about?: Subject | undefined): void;
  /** Whether what is said at this level is written at all; without it, everything is. */
  shows?(level: Level): boolean;
}
