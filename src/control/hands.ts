import type { ProbeResult } from "../core/probe-result.ts";
import type { OnAnswer } from "../gateway/board.ts";

/** What the daemon does for those who use its boards through the control socket. */
export interface Hands {
  /** The names that an order may have. */
  boards(): readonly string[];
  /** A request to a board: `onAnswer` is called once, by the request's deadline, perhaps before this returns. */
  request(board: string, payload: Buffer, onAnswer: OnAnswer): void;
  /** Asks a board who it is: `onProbed` is called once, soon, perhaps before this returns. */
  probe(board: string, onProbed: (result: ProbeResult) => void): void;
  /** Gives somebody a board's port. */
  release(board: string, request: ReleaseRequest): Release;
}

export interface ReleaseRequest {
  /** Who is to have it, for log and status. */
  readonly who: string;
  /** The port is closed: it is theirs. */
  readonly onPort: (port: { readonly path: string; readonly baudRate: number }) => void;
  /** A reload has left the board out; the port is theirs until they give it back. */
  readonly onBoardGone: () => void;
  /** The port is theirs no more. Once, and last. */
  readonly onEnd: (end: ReleaseEnd) => void;
}

export type ReleaseEnd =
  | "given_back"
  /** A reload has left the board out before its port was closed. */
  | "removed"
  /** The gateway stops. */
  | "stopping";

export type Release =
  | { readonly kind: "held"; readonly giveBack: () => void }
  /** Somebody has it already. */
  | { readonly kind: "taken"; readonly by: string }
  | { readonly kind: "stopping" };
