/** What the MCU remembers of a command: still at work (or cancelled), or the lines it was answered with. */
export type Remembered = { readonly answer: readonly string[] | undefined };

/** The last commands, by ID and checksum of their line, for `dedup`. A restart begins with an empty one. */
export interface Memory {
  recall(key: string): Remembered | undefined;
  begun(key: string): void;
  answered(key: string, answer: readonly string[]): void;
}

/** @param size how many last commands are remembered; 0: none */
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
