import type { CollapsingLog } from "../runtime/log.ts";
import type { Level } from "../runtime/logger.ts";

/** The log's level: the configured one, or for a while another one that somebody has ordered, whatever a reload brings meanwhile. */
export class LogLevel {
  readonly #log: Pick<CollapsingLog, "level" | "answer">;
  #configured: Level;
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Pick<CollapsingLog, "level" | "answer">, configured: Level) {
    this.#log = log;
    this.#configured = configured;
  }

  get configured(): Level {
    return this.#configured;
  }

  configure(level: Level): void {
    this.#configured = level;
    if (this.#timer === undefined) this.#log.level = level;
  }

  /** Another order replaces it. */
  order(level: Level, forMs: number): void {
    clearTimeout(this.#timer);
    this.#log.level = level;
    this.#timer = setTimeout(() => this.#end(), forMs).unref();
  }

  #end(): void {
    this.#timer = undefined;
    // Before the level is back: it may be one that hides this.
    this.#log.answer("info", `log: the level is ${this.#configured} again, as configured`);
    this.#log.level = this.#configured;
  }
}
