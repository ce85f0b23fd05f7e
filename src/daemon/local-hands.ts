import type { Hands, Release, ReleaseEnd, ReleaseRequest } from "../control/hands.ts";
import type { ProbeResult } from "../core/probe-result.ts";
import type { OnAnswer } from "../gateway/board.ts";
import type { Gateway } from "../gateway/gateway.ts";
import type { Clock } from "../runtime/clock.ts";
import type { BoardConnection } from "./board-connection.ts";
import { HeldPort } from "./held-port.ts";
import type { Outside } from "./outside.ts";

export interface LocalHandsParts extends Pick<Outside, "socketOfTty" | "devicePath"> {
  readonly clock: Pick<Clock, "now">;
  readonly gateway: Gateway;
  /** By name; a reload changes it. */
  readonly connections: ReadonlyMap<string, BoardConnection>;
  /** A board that a reload has left out is no longer, although its requests are still to be answered. */
  readonly isConfigured: (board: string) => boolean;
  /** A port is released, or is so no more. */
  readonly onChange: () => void;
}

/** A port that somebody has, or is about to have. */
interface Hold {
  readonly who: string;
  readonly since: number;
  /** Undefined once a reload has left it out. */
  board: string | undefined;
  /** Since it is closed for them; whatever other path a reload gives to the board. */
  port: HeldPort | undefined;
  readonly leaveBoard: () => void;
  readonly end: (why: ReleaseEnd) => void;
}

/** What is done with the boards for somebody at this machine: requests, and ports that are given away, to one at a time each. */
export class LocalHands implements Hands {
  readonly #parts: LocalHandsParts;
  readonly #holds = new Set<Hold>();
  readonly #onRelease: ((board: string) => void)[] = [];
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

  probe(board: string, onProbed: (result: ProbeResult) => void): void {
    this.#parts.gateway.board(board).probe(onProbed);
  }

  /** Requests in flight are answered, then the port is closed; `onPort` and at last `onEnd` follow, perhaps `onEnd` alone. */
  release(name: string, { who, onPort, onBoardGone, onEnd }: ReleaseRequest): Release {
    const { clock, gateway, onChange } = this.#parts;
    const [board, connection] = [gateway.board(name), this.#connection(name)];
    const by = this.#holdOf(name)?.who ?? this.holderOf(connection.path);
    if (by !== undefined) return { kind: "taken", by };
    if (this.#isStopping) return { kind: "stopping" };
    let isGiven = false;

    const give = async () => {
      await board.release();
      if (!this.#holds.has(hold)) return;
      const { port } = connection;
      hold.port = new HeldPort(port.path, this.#parts);
      await connection.release();
      if (!this.#holds.has(hold)) return;
      isGiven = true;
      onChange();
      onPort(port);
    };
    const end = (why: ReleaseEnd) => {
      if (!this.#holds.delete(hold)) return;
      if (hold.board !== undefined && why === "given_back") {
        board.takeBack();
        connection.takeBack();
      }
      // A gateway that stops opens nothing any more.
      if (why !== "stopping") this.#openWhatIsFree();
      onChange();
      onEnd(why);
    };
    const leaveBoard = () => {
      if (!isGiven) return end("removed");
      hold.board = undefined;
      onBoardGone();
    };
    const hold: Hold = { who, since: clock.now(), board: name, port: undefined, leaveBoard, end };
    this.#holds.add(hold);
    for (const told of this.#onRelease) told(name);
    void give();
    return { kind: "held", giveBack: () => end("given_back") };
  }

  /** `told` is called whenever somebody is about to have the port of a board. */
  onRelease(told: (board: string) => void): void {
    this.#onRelease.push(told);
  }

  /** Who has the board's port, and for how long; undefined where it is the gateway's. */
  released(board: string): { readonly who: string; readonly forMs: number } | undefined {
    const hold = this.#holdOf(board);
    return hold && { who: hold.who, forMs: this.#parts.clock.now() - hold.since };
  }

  /** Who has the port of this path, by whichever name and as whichever board it was released. */
  holderOf(path: string): string | undefined {
    return [...this.#holds].find(({ port }) => port?.isAt(path))?.who;
  }

  /** The path of a port that somebody has, whose adapter has its power from this USB socket; its board may be gone. */
  heldBehind(socket: string): string | undefined {
    return [...this.#holds].find(({ port }) => port?.isBehind(socket))?.port?.path;
  }

  /** The board is about to be gone. Its port stays with whoever has it: another board may have the same path now. */
  forget(board: string): void {
    this.#holdOf(board)?.leaveBoard();
  }

  /** The gateway stops: the ports stay with whoever has them. */
  stop(): void {
    this.#isStopping = true;
    for (const { end } of [...this.#holds]) end("stopping");
  }

  #holdOf(board: string): Hold | undefined {
    return [...this.#holds].find((hold) => hold.board === board);
  }

  #openWhatIsFree(): void {
    for (const connection of this.#parts.connections.values()) void connection.openIfFree();
  }

  #connection(name: string): BoardConnection {
    const connection = this.#parts.connections.get(name);
    if (connection === undefined) throw new Error(`no board ${name}`);
    return connection;
  }
}
