import { converse } from "../observe/conversation.ts";
import type { ReleaseOver } from "../observe/socket-protocol.ts";

/** A board's port that the running gateway has given to this console. */
export interface PortLoan {
  readonly path: string;
  readonly baudRate: number;
  /** Resolves, in words, when the port has to be closed; not after `giveBack`. */
  readonly over: Promise<string>;
  giveBack(): Promise<void>;
}

export type Borrowed =
  | { readonly kind: "lent"; readonly loan: PortLoan }
  | { readonly kind: "refused"; readonly text: string };

const overTexts: Readonly<Record<ReleaseOver["why"], string>> = {
  time: "the time is over",
  given_back: "the gateway has taken the port back",
  removed: "the gateway no longer has this board",
  stopping: "the gateway stops",
};

/** Has the running gateway close a board's port, for so long at most. */
export function borrowPort(socket: string, board: string | undefined, forMs: number): Promise<Borrowed> {
  return new Promise((resolve) => {
    let end = (_: string) => {};
    const over = new Promise<string>((resolveOver) => {
      end = resolveOver;
    });
    const conversation = converse(socket, (message) => {
      if (message.kind === "release_over") end(overTexts[message.why]);
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
      end("the gateway is gone");
      resolve({ kind: "refused", text: why.text });
    });
  });
}
