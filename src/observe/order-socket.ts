import { createServer, type Socket } from "node:net";
import type { Log } from "../runtime/logger.ts";
import { superviseServer } from "../runtime/supervise-server.ts";
import { type Access, listenAt } from "./socket-file.ts";
import { jsonLine, type Order, type Refusal, readOrder } from "./socket-protocol.ts";

/** Several terminals and a dump; each may hold 256 KiB of unread lines. */
const clientsMax = 8;

/** Clients, and as many more that are just being told why they are rejected. A flood of more is told nothing. */
const socketsMax = 2 * clientsMax;

/** After its last line a client has so long to close by itself, so that the line reaches it. */
const lingerMs = 250;

/** The first order is there after so long, whole; and a client that is sent more than the kernel holds reads on as often. */
const orderWaitMs = 5000;

export interface OrderSocketOptions {
  /** The log's word for it. */
  readonly name: string;
  readonly path: string;
  readonly access: Access;
  /** What is longer is no order. */
  readonly orderBytesMax: number;
  /** What it is called for the client that is one too many. */
  readonly isBusyText: string;
  readonly take: (order: Order, client: Client) => void;
  readonly log: Log;
}

/** Whoever has given an order. */
export interface Client {
  readonly socket: Socket;
  refuse(refusal: Omit<Refusal, "kind">): void;
  /** Sends the last lines and closes, whether or not the client does. */
  endWith(text: string): void;
  /** Takes more orders: without it a client that says more is sent away. */
  takeMore(onOrder: (order: Order) => void): void;
  /** Reads no more orders until `resume`; what has come already waits. */
  pause(): void;
  resume(): void;
  /** From now on the connection ends with its client, or by `endWith`; not with the server. */
  outliveServer(): void;
}

/** Takes orders at a local socket. Whatever clients do or leave undone, the daemon waits for none of them. */
export function openOrderSocket(options: OrderSocketOptions): { close(): Promise<void> } {
  const { name, path, access, log } = options;
  /** All that are open, rejected clients among them: `close` forgets none. */
  const sockets = new Set<Socket>();
  /** Of them those that `close` spares. */
  const lasting = new Set<Socket>();
  const server = createServer(accept);
  const listening = superviseServer(server, () => listenAt(server, path, access), { name: `${name}: ${path}`, log });

  function accept(socket: Socket): void {
    // A client may go away during a write.
    socket.on("error", () => socket.destroy());
    const isOneTooMany = sockets.size >= clientsMax;
    if (sockets.size >= socketsMax) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => {
      sockets.delete(socket);
      lasting.delete(socket);
    });
    socket.setTimeout(orderWaitMs, () => socket.destroy());
    if (isOneTooMany) refuse(socket, { code: "too_many_clients", text: `${clientsMax} ${options.isBusyText}` });
    else readOrders(socket, options, lasting);
  }

  return {
    async close() {
      // What was sent in this turn of the loop is still to be written.
      await new Promise(setImmediate);
      for (const socket of sockets) {
        if (lasting.has(socket)) continue;
        if (socket.writableLength > 0) socket.destroy();
        else socket.end(() => socket.destroy());
      }
      const closed = listening.close();
      // It listens no more at once; `closed` is when the last connection has ended.
      if (lasting.size === 0) await closed;
    },
  };
}

function readOrders(socket: Socket, { orderBytesMax, take }: OrderSocketOptions, lasting: Set<Socket>): void {
  let text = "";
  let isPaused = false;
  const limit = setTimeout(() => socket.destroy(), orderWaitMs);
  socket.once("close", () => clearTimeout(limit));
  let onOrder: ((order: Order) => void) | undefined = (order) => {
    clearTimeout(limit);
    onOrder = undefined;
    take(order, client);
  };

  function takeLines(): void {
    while (!isPaused && onOrder !== undefined && !socket.destroyed) {
      const end = text.indexOf("\n");
      if (end > orderBytesMax || (end < 0 && text.length > orderBytesMax)) {
        client.refuse(endless);
        return;
      }
      if (end < 0) return;
      const order = readOrder(Buffer.from(text.slice(0, end), "latin1").toString());
      text = text.slice(end + 1);
      if ("kind" in order) client.refuse(order);
      else onOrder(order);
    }
    // Nobody takes more orders, and nothing else is to be said.
    if (!isPaused && onOrder === undefined && text.length > 0) socket.destroy();
  }

  const client: Client = {
    socket,
    refuse(refusal) {
      onOrder = undefined;
      text = "";
      socket.off("data", onData);
      refuse(socket, refusal);
    },
    endWith(lines) {
      onOrder = undefined;
      lasting.delete(socket);
      endWith(socket, lines);
    },
    takeMore(next) {
      onOrder = next;
    },
    pause() {
      isPaused = true;
      socket.pause();
    },
    resume() {
      isPaused = false;
      socket.resume();
      takeLines();
    },
    outliveServer() {
      lasting.add(socket);
    },
  };

  function onData(chunk: string): void {
    text += chunk;
    takeLines();
  }
  // Byte for byte: a character may come in two pieces.
  socket.setEncoding("latin1").on("data", onData);
}

const endless = { code: "unknown_order", text: "the gateway does not know this order" } as const;

function refuse(socket: Socket, refusal: Omit<Refusal, "kind">): void {
  endWith(socket, jsonLine({ kind: "refused", ...refusal }));
}

function endWith(socket: Socket, text: string): void {
  socket.resume().end(text, () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
  });
}
