import type { Instant } from "../../src/core/instant.ts";

interface Command {
  readonly id: string;
  askedCount: number;
  /** For how many of those who asked it was said that it was not executed. */
  toldNoCount: number;
  executedCount: number;
  lastDeadline: Instant;
  /** How often the MCU had restarted by the last hello that the gateway had read when it last wrote the line. */
  knownStart: number | undefined;
}

/** The oracle's books of commands, by their payloads: each has one of its own, which its duplicates share. */
export class Commands {
  readonly #byText = new Map<string, Command>();

  asked(text: string, id: string, deadline: Instant): void {
    const command = this.#byText.get(text);
    if (command === undefined) {
      const counts = { askedCount: 1, toldNoCount: 0, executedCount: 0 };
      this.#byText.set(text, { id, ...counts, lastDeadline: deadline, knownStart: undefined });
      return;
    }
    command.askedCount += 1;
    command.lastDeadline = deadline;
  }

  knows(text: string): boolean {
    return this.#byText.has(text);
  }

  /** Whose command it is that says no id. */
  idOf(text: string): string {
    return this.#byText.get(text)?.id ?? "";
  }

  /** By when the last one that asked for it is to be answered. */
  deadlineOf(text: string): Instant | undefined {
    return this.#byText.get(text)?.lastDeadline;
  }

  isDone(text: string): boolean {
    return (this.#byText.get(text)?.executedCount ?? 0) > 0;
  }

  written(text: string, knownStart: number | undefined): void {
    const command = this.#byText.get(text);
    if (command !== undefined) command.knownStart = knownStart;
  }

  /** @returns what is wrong with it. */
  toldNo(text: string, start: number): string | undefined {
    const command = this.#byText.get(text);
    if (command === undefined) return undefined;
    command.toldNoCount += 1;
    const fault = faultOf(text, command);
    if (fault === undefined || !cannotKnow(command, start)) return fault;
    command.toldNoCount -= 1;
    return undefined;
  }

  /**
   * @param start how often the MCU had restarted: where the gateway cannot know of the last time yet, it cannot know either
   *   that a command is done anew, or that its checksum is no checksum any more.
   * @returns what is wrong with it.
   */
  executed(text: string, start: number): string | undefined {
    const command = this.#byText.get(text);
    if (command === undefined) {
      const checked = this.#byText.get(text.replace(/\*[0-9A-F]{4}$/, ""));
      return checked !== undefined && cannotKnow(checked, start)
        ? undefined
        : `executed what nobody has asked for: ${text}`;
    }
    command.executedCount += 1;
    const fault = faultOf(text, command);
    if (fault === undefined || !cannotKnow(command, start)) return fault;
    // Nor is it held against the next one.
    command.executedCount -= 1;
    return undefined;
  }
}

/** When it was written last, no hello had told of the MCU's last start yet. */
function cannotKnow({ knownStart }: Command, start: number): boolean {
  return knownStart !== undefined && knownStart !== start;
}

function faultOf(text: string, { askedCount, toldNoCount, executedCount }: Command): string | undefined {
  if (executedCount <= askedCount - toldNoCount) return undefined;
  const times = `${text} was executed ${executedCount} times and asked ${askedCount} times`;
  return toldNoCount === 0 ? times : `${times}, and it was said ${toldNoCount} times that it was not executed`;
}
