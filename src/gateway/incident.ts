import type { Instant } from "../core/instant.ts";

/** After so long without a report of one, an incident is over: what came before its first error says most about its cause. */
const quietMs = 600_000;

/** Tells the first report of a board's incident from those that follow. */
export class IncidentDetector {
  /** By board; by undefined for what belongs to no board. */
  readonly #lastAt = new Map<string | undefined, Instant>();

  /** A board is gone. */
  forget(board: string): void {
    this.#lastAt.delete(board);
  }

  /** Takes note of a report that may begin an incident. @returns whether it does */
  begins(board: string | undefined, at: Instant): boolean {
    const lastAt = this.#lastAt.get(board);
    this.#lastAt.set(board, at);
    return lastAt === undefined || at - lastAt >= quietMs;
  }
}
