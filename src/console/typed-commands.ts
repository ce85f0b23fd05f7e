import type { ConsoleMessage } from "./board.ts";

/** More are answered too, but nobody waits for them. */
const typedMax = 64;

interface Typed {
  readonly ref: number;
  readonly writtenAt: number;
  readonly limit: NodeJS.Timeout;
}

/** Commands that were typed as lines, with ids of their own: the gateway's core knows nothing of them. */
export class TypedCommands {
  readonly #waitMs: number;
  readonly #tell: (message: ConsoleMessage) => void;
  readonly #open = new Map<string, Typed>();

  /** @param waitMs how long a reply is waited for */
  constructor(waitMs: number, tell: (message: ConsoleMessage) => void) {
    this.#waitMs = waitMs;
    this.#tell = tell;
  }

  /** A line was written. Says whether it is a command whose reply is awaited. */
  written(line: Buffer, ref: number): boolean {
    const [, id] = /^>([0-9A-Za-z_-]{1,32})( |$)/.exec(line.toString("latin1")) ?? [];
    if (id === undefined || this.#open.has(id) || this.#open.size >= typedMax) return false;
    const limit = setTimeout(() => this.#giveUp(id, `no reply to ${id} within ${this.#waitMs} ms`), this.#waitMs);
    this.#open.set(id, { ref, writtenAt: performance.now(), limit });
    return true;
  }

  /** A reply with this id has come. Undefined where no such command is awaited. */
  answered(id: string): { readonly ref: number; readonly ms: number } | undefined {
    const command = this.#open.get(id);
    if (command === undefined) return undefined;
    clearTimeout(command.limit);
    this.#open.delete(id);
    return { ref: command.ref, ms: performance.now() - command.writtenAt };
  }

  /** The port is closed: no reply comes any more. */
  close(): void {
    for (const id of [...this.#open.keys()]) this.#giveUp(id, `the port was closed before ${id} was replied to`);
  }

  #giveUp(id: string, text: string): void {
    const command = this.#open.get(id);
    if (command === undefined) return;
    clearTimeout(command.limit);
    this.#open.delete(id);
    this.#tell({ kind: "unanswered", ref: command.ref, executed: "unknown", text });
  }
}
