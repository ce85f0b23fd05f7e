import type { BoardConfig } from "../config/board-config.ts";
import type { Clock } from "../runtime/clock.ts";
import { PresenceOfBoard } from "./presence.ts";

/** How often it is looked at whether a board serves: `absentAfterS` counts in seconds. */
const lookIntervalMs = 1000;

export interface PresencesParts {
  readonly clock: Pick<Clock, "now">;
  readonly isServing: (board: string) => boolean;
  /** Of the hub. */
  readonly hasOpenRequest: (board: string) => boolean;
  /** The hub is to be told that the board is online, or offline. */
  readonly onChange: (board: string, isPresent: boolean) => void;
}

/** Looks now and then whether the boards of sub-devices serve, and has the hub told. */
export class Presences {
  readonly #parts: PresencesParts;
  readonly #presences = new Map<string, PresenceOfBoard>();
  #timer: NodeJS.Timeout | undefined;

  constructor(parts: PresencesParts) {
    this.#parts = parts;
  }

  /** Whether the hub is to tell callers of the board that its device is online, while the session is. */
  isPresent(board: string): boolean {
    return this.#presences.get(board)?.isPresent ?? true;
  }

  configure({ name, device }: BoardConfig): void {
    if (device.kind === "gateway") return;
    this.#timer ??= setInterval(() => this.#look(), lookIntervalMs).unref();
    const presence = this.#presences.get(name);
    if (presence === undefined) this.#presences.set(name, new PresenceOfBoard(device.presence));
    else presence.configure(device.presence);
  }

  forget(board: string): void {
    this.#presences.delete(board);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const { clock, isServing, hasOpenRequest, onChange } = this.#parts;
    for (const [board, presence] of this.#presences) {
      const told = presence.look({ isServing: isServing(board), hasOpenRequest: hasOpenRequest(board) }, clock.now());
      if (told !== undefined) onChange(board, told);
    }
  }
}
