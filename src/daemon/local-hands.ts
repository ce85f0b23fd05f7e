import type { Hands, Release, ReleaseEnd, ReleaseRequest } from "../control/hands.ts";
import type { OnAnswer } from "../gateway/board.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Clock } from "../runtime/clock.ts";
import type { BoardConnection } from "./board-connection.ts";

export interface LocalHandsParts {
  readonly clock: Pick<Clock, "now">;
  readonly gateway: Gateway;
  /** By name; a reload changes it. */
  readonly connections: ReadonlyMap<string, BoardConnection>;
  /** A board that a reload has left out is no longer, although its requests are still to be answered. */
  readonly isConfigured: (board: string) => boolean;
  /** A port is released, or is so no more. */
  readonly onChange: () => void;
}

/** A port that somebody has. */
interface Held {
  readonly who: string;
  readonly since: number;
  readonly end: (why: ReleaseEnd) => void;
}

/** What is done with the boards for somebody at this machine: requests, and ports that are given away, to one at a time each. */
export class LocalHands implements Hands {
  readonly #parts: LocalHandsParts;
  readonly #held = new Map<string, Held>();
  #isStopping = false;

  constructor(parts: LocalHandsParts) {
    this.#parts = parts;
  }

  boards(): readonly string[] {
    const { connections, isConfigured } = this.#parts;
    return [...connections.keys()].filter(isConfigured);
  }

  request(board: string, payload: Buffer, onAnswer: OnAnswer): void {
    this.#parts.gateway.board(board).requestLocally(payload, onAnswer);
  }

  /** Requests in flight are answered, then the port is closed; `onPort` and at last `onEnd` follow, perhaps `onEnd` alone. */
  release(name: string, { who, onPort, onEnd }: ReleaseRequest): Release {
    const held = this.#held.get(name);
    if (held !== undefined) return { kind: "taken", by: held.who };
    if (this.#isStopping) return { kind: "stopping" };
    const { clock, gateway, onChange } = this.#parts;
    const [board, connection] = [gateway.board(name), this.#connection(name)];
    let isOver = false;

    const end = (why: ReleaseEnd) => {
      if (isOver) return;
      isOver = true;
      this.#held.delete(name);
      // A board that is gone, or a gateway that stops, opens nothing any more.
      if (why === "given_back") {
        board.takeBack();
        void connection.takeBack();
      }
      onChange();
      onEnd(why);
    };
    const give = async () => {
      await board.release();
      if (isOver) return;
      await connection.release();
      if (isOver) return;
      onChange();
      onPort(connection.port);
    };
    this.#held.set(name, { who, since: clock.now(), end });
    void give();
    return { kind: "held", giveBack: () => end("given_back") };
  }

  /** Who has the board's port, and for how long; undefined where it is the gateway's. */
  released(board: string): { readonly who: string; readonly forMs: number } | undefined {
    const held = this.#held.get(board);
    return held && { who: held.who, forMs: this.#parts.clock.now() - held.since };
  }

  /** The board is about to be gone. */
  forget(board: string): void {
    this.#held.get(board)?.end("removed");
  }

  /** The gateway stops: the ports stay with whoever has them. */
  stop(): void {
    this.#isStopping = true;
    for (const { end } of [...this.#held.values()]) end("stopping");
  }

  #connection(name: string): BoardConnection {
    const connection = this.#parts.connections.get(name);
    if (connection === undefined) throw new Error(`no board ${name}`);
    return connection;
  }
}
