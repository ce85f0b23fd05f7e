import type { OnAnswer } from "../gateway/board.ts";

/** What the daemon does for those who use its boards through the control socket. */
export interface Hands {
  /** The names that an order may have. */
  boards(): readonly string[];
  /** A request to a board: `onAnswer` is called once, by the request's deadline, perhaps before this returns. */
  request(board: string, payload: Buffer, onAnswer: OnAnswer): void;
}
