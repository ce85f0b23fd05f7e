import type { Instant } from "../core/instant.ts";

/** So long without its like ends an incident: what went before the first of many errors says more than what was amid them. */
const quietMs = 600_000;

/** Tells the first report of a board's incident from those that follow. */
export class IncidentDetector {
  /** By board; undefined: of what is no board's. */
  readonly #lastAt = new Map<string | undefined, Instant>();

  /** A report has come that may begin one. @returns whether it does. */
  begins(board: string | undefined, at: Instant): boolean {
    const lastAt = this.#lastAt.get(board);
    this.#lastAt.set(board, at);
    return lastAt === undefined || at - lastAt >= quietMs;
  }
}
