import { connect, type Socket } from "node:net";
import { socketFault } from "./client.ts";
import { jsonLine, type Order, type Refusal, type SocketMessage } from "./socket-protocol.ts";

/** A client's end of a connection to a gateway's socket, on which orders and messages go both ways. */
export interface Conversation {
  /** For a child, that is to keep the connection open after this program. */
  readonly socket: Socket;
  send(order: Order): void;
  /** Nothing more is sent or taken; `ended` follows. */
  close(): void;
  /** As `close`, but whoever else has the socket keeps the connection. */
  leave(): void;
  readonly ended: Promise<ConversationEnd>;
}

export type ConversationEnd =
  /** By `close`. */
  | { readonly kind: "closed" }
  /** The gateway does not carry out an order; none of those before it is undone. */
  | Refusal
  /** No order has reached a gateway; `isPermitted`: this user may use the socket. */
  | { readonly kind: "unreachable"; readonly isPermitted: boolean; readonly text: string }
  /** By the gateway, or with it. */
  | { readonly kind: "lost"; readonly text: string };

/** Connects to the gateway's control socket at `path`; every message but a refusal is handed to `onMessage`. */
export function converse(path: string, onMessage: (message: Exclude<SocketMessage, Refusal>) => void): Conversation {
  const socket = connect(path).setEncoding("utf8");
  let isConnected = false;
  let end: ConversationEnd | undefined;
  let text = "";
  socket.once("connect", () => {
    isConnected = true;
  });
  socket.on("data", (chunk: string) => {
    const lines = `${text}${chunk}`.split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as SocketMessage;
      if (message.kind === "refused") end ??= message;
      else onMessage(message);
    }
  });
  socket.on("error", ({ code, message }: NodeJS.ErrnoException) => {
    const text = socketFault(code, message, path, "control");
    end ??= isConnected ? { kind: "lost", text } : { kind: "unreachable", isPermitted: code !== "EACCES", text };
  });
  const ended = new Promise<ConversationEnd>((resolve) => {
    socket.once("close", () => resolve(end ?? { kind: "lost", text: "the gateway has ended the connection" }));
  });
  return {
    socket,
    send: (order) => void socket.write(jsonLine(order)),
    close() {
      end ??= { kind: "closed" };
      socket.end();
      socket.destroySoon();
    },
    // Without the shutdown(2) of `end`, which is for all that have the socket.
    leave() {
      end ??= { kind: "closed" };
      socket.destroy();
    },
    ended,
  };
}
