import { converse } from "../observe/conversation.ts";
import type { ReleaseOver } from "../observe/socket-protocol.ts";

/** A board's port that the running gateway has given to this console. */
export interface PortLoan {
  readonly path: string;
  readonly baudRate: number;
  /** Resolves when the port has to be closed; not after `giveBack`. */
  readonly over: Promise<LoanOver>;
  giveBack(): Promise<void>;
}

export interface LoanOver {
  readonly text: string;
  /** Whether the gateway is there to open the port again, and still has the board. */
  readonly isTakenBack: boolean;
}

export type Borrowed =
  | { readonly kind: "lent"; readonly loan: PortLoan }
  | { readonly kind: "refused"; readonly text: string };

const ends: Readonly<Record<ReleaseOver["why"], LoanOver>> = {
  time: { text: "the time is over", isTakenBack: true },
  given_back: { text: "the gateway has taken the port back", isTakenBack: true },
  removed: { text: "the gateway no longer has this board", isTakenBack: false },
  stopping: { text: "the gateway stops", isTakenBack: false },
};

/** Has the running gateway close a board's port, for so long at most. */
export function borrowPort(socket: string, board: string | undefined, forMs: number): Promise<Borrowed> {
  return new Promise((resolve) => {
    let end = (_: LoanOver) => {};
    const over = new Promise<LoanOver>((resolveOver) => {
      end = resolveOver;
    });
    const conversation = converse(socket, (message) => {
      if (message.kind === "release_over") end(ends[message.why]);
      if (message.kind !== "released") return;
      const { path, baudRate } = message;
      const giveBack = async () => {
        conversation.close();
        await conversation.ended;
      };
      resolve({ kind: "lent", loan: { path, baudRate, over, giveBack } });
    });
    conversation.send({ want: "release", forMs, ...(board !== undefined && { board }) });
    void conversation.ended.then((why) => {
      if (why.kind === "closed") return;
      end({ text: "the gateway is gone", isTakenBack: false });
      resolve({ kind: "refused", text: why.text });
    });
  });
}
