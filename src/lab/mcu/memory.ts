/** What the MCU remembers of a command: the lines of its answer; undefined while it is at work, or if it was cancelled. */
export type Remembered = { readonly answer: readonly string[] | undefined };

/** The last commands, by id and checksum of their line, for `dedup`. It is empty after a restart. */
export interface Memory {
  recall(key: string): Remembered | undefined;
  begun(key: string): void;
  answered(key: string, answer: readonly string[]): void;
}

/** @param size number of commands remembered; 0: none */
export function createMemory(size: number): Memory {
  const commands = new Map<string, Remembered>();
  return {
    recall: (key) => commands.get(key),
    begun(key) {
      commands.set(key, { answer: undefined });
      for (const oldest of commands.keys()) {
        if (commands.size <= size) return;
        commands.delete(oldest);
      }
    },
    answered(key, answer) {
      if (commands.has(key)) commands.set(key, { answer });
    },
  };
}
