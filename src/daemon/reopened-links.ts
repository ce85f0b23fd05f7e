import type { Gateway } from "../gateway/gateway.ts";
import type { ReopenOutcome, ResetOutcome } from "../remote/answer.ts";
import type { BoardConnection } from "./board-connection.ts";
import type { LocalHands } from "./local-hands.ts";
import type { Reopening } from "./supervise-link.ts";

/** A recovery action takes 25 s at most, closing a port some seconds: after it nobody waits for the port any more. */
const openWithinMs = 40_000;

/** An adapter or a board that is reset may be gone for a while: Linux needs some seconds to find it again. */
const returnWithinMs = 10_000;

/** As long as requests may be open, the port is not closed; the longest deadline. */
const settleWithinMs = 10_000;

interface Parts {
  readonly gateway: Gateway;
  readonly boards: ReadonlyMap<string, BoardConnection>;
  readonly hands: Pick<LocalHands, "released" | "onRelease">;
}

/** Somebody at the gateway has the port: it is opened when they give it back. */
const released = { result: "closed", why: "released" } as const;

type PortEvent = "up" | "down" | "kept" | "released";

/** Ports that are opened anew by order, and what becomes of them. */
export class ReopenedLinks {
  readonly #parts: Parts;
  /** A reset and a reopening of one board may be under way together. */
  readonly #waiting = new Set<{ readonly name: string; readonly take: (event: PortEvent) => void }>();

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.hands.onRelease((board) => this.event(board, "released"));
  }

  event(board: string, kind: PortEvent): void {
    for (const { name, take } of this.#waiting) if (name === board) take(kind);
  }

  /** Nothing in flight loses its reply, unless requests come without a pause. */
  async reopen(name: string): Promise<ReopenOutcome> {
    const board = this.#parts.gateway.board(name);
    await Promise.race([
      board.settled("anybody"),
      new Promise((resolve) => setTimeout(resolve, settleWithinMs).unref()),
    ]);
    if (this.#parts.hands.released(name) !== undefined) return released;
    const outcome = await this.reset(name, "reopen");
    // The port stays open only where a recovery action is not possible.
    return outcome.result === "not_possible" ? { result: "open" } : outcome;
  }

  reset(name: string, how: Reopening): Promise<ResetOutcome> {
    return new Promise((resolve) => {
      const connection = this.#parts.boards.get(name);
      let isClosed = false;
      let gone: NodeJS.Timeout | undefined;
      const take = (kind: PortEvent) => {
        if (kind === "up") end({ result: "open" });
        else if (kind === "kept") end({ result: "not_possible" });
        else if (kind === "released") end(released);
        // The first end is the orderly one, which the opening follows, perhaps after a recovery action.
        else if (isClosed) gone ??= setTimeout(closed, returnWithinMs).unref();
        else isClosed = true;
      };
      const waiting = { name, take };
      const end = (outcome: ResetOutcome) => {
        clearTimeout(timer);
        clearTimeout(gone);
        this.#waiting.delete(waiting);
        resolve(outcome);
      };
      const closed = () => end({ result: "closed", why: connection?.status.why ?? "closed" });
      const timer = setTimeout(closed, openWithinMs).unref();
      if (connection === undefined) return closed();
      // A modem line is on the port that is open; what only waits for its device is tried at its own time.
      if (!connection.status.isUp && how !== "first_action") return closed();
      this.#waiting.add(waiting);
      connection.reopen(how);
    });
  }
}
