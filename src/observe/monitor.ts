import { createServer, type Socket } from "node:net";
import type { Log } from "../runtime/logger.ts";
import { superviseServer } from "../runtime/supervise-server.ts";
import { processTime } from "../runtime/time.ts";
import { jsonLine, type MonitorMessage, type Order, readOrder } from "./monitor-protocol.ts";
import { Reader } from "./reader.ts";
import { type Access, listenAt } from "./socket-file.ts";
import { type TraceEvent, wallTime } from "./trace-event.ts";

/** Several terminals and a dump; each may hold 256 KiB of unread lines. */
const readersMax = 8;

/** Readers, and as many clients that are just being told why they are rejected. A flood of more is told nothing. */
const socketsMax = 2 * readersMax;

/** After its last line a client has so long to close by itself, so that the line reaches it. */
const lingerMs = 250;

/** An order has some 40 bytes and comes at once. */
const orderBytesMax = 256;
const orderWaitMs = 5000;

export interface MonitorOptions {
  readonly socket: string;
  readonly access: Access;
  /** What the flight recorder holds, of one board or of all. */
  readonly dump: (board: string | undefined) => readonly TraceEvent[];
  /** What is wrong with the name of a board that somebody wants to see; undefined where nothing is. */
  readonly faultOf: (board: string) => string | undefined;
  /** How things are, for a reader that begins to watch. */
  readonly state: () => readonly TraceEvent[];
  readonly log: Log;
}

export interface Monitor {
  /**
   * `toEvent` makes what is sent, with contents or without; it is called only while somebody watches the board. `board` is
   * undefined for what belongs to no board.
   */
  tell(board: string | undefined, toEvent: (withContents: boolean) => TraceEvent): void;
  close(): Promise<void>;
}

/** Serves readers at a local socket. Whatever they do or leave undone, the daemon waits for none of them. */
export function openMonitor({ socket: path, access, dump, faultOf, state, log }: MonitorOptions): Monitor {
  /** All that are open, rejected clients among them: `close` forgets none. */
  const sockets = new Set<Socket>();
  const readers = new Set<Reader>();
  const server = createServer(accept);
  const listening = superviseServer(server, () => listenAt(server, path, access), { name: `monitor: ${path}`, log });

  function accept(socket: Socket): void {
    // A client may go away during a write.
    socket.on("error", () => socket.destroy());
    const isOneTooMany = sockets.size >= readersMax;
    if (sockets.size >= socketsMax) {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    socket.setTimeout(orderWaitMs, () => socket.destroy());
    if (isOneTooMany) {
      reject(socket, `${readersMax} are watching already`);
      return;
    }
    let text = "";
    socket.setEncoding("latin1").on("data", function onData(chunk: string): void {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length <= orderBytesMax) return;
      // A client that has given its order has nothing more to say.
      socket.off("data", onData).once("data", () => socket.destroy());
      const order = end === text.length - 1 ? readOrder(text) : undefined;
      const fault = order?.board === undefined ? undefined : faultOf(order.board);
      if (order === undefined) reject(socket, "the gateway does not know this order");
      else if (fault !== undefined) reject(socket, fault);
      else handle(order, socket);
    });
  }

  function handle(order: Order, socket: Socket): void {
    switch (order.want) {
      case "dump":
        endWith(socket, dump(order.board).map(jsonLine).join(""));
        break;
      case "watch": {
        const lostLine = (count: number) => jsonLine({ time: wallTime(processTime.now()), kind: "lost", count });
        socket.setTimeout(0);
        const reader = new Reader(socket, order, lostLine);
        for (const event of state()) if (reader.watches(event.board)) reader.offer(jsonLine(event));
        readers.add(reader);
        socket.once("close", () => readers.delete(reader));
        break;
      }
      default:
        order satisfies never;
    }
  }

  return {
    tell(board, toEvent) {
      if (readers.size === 0) return;
      const lines = new Map<boolean, string>();
      for (const reader of readers) {
        if (!reader.watches(board)) continue;
        const line = lines.get(reader.withContents) ?? jsonLine(toEvent(reader.withContents));
        lines.set(reader.withContents, line);
        reader.offer(line);
      }
    },
    async close() {
      // What was sent in this turn of the loop is still to be written.
      await new Promise(setImmediate);
      for (const socket of sockets) {
        if (socket.writableLength > 0) socket.destroy();
        else socket.end(() => socket.destroy());
      }
      await listening.close();
    },
  };
}

function reject(socket: Socket, text: string): void {
  endWith(socket, jsonLine({ kind: "refused", text } satisfies MonitorMessage));
}

/** Sends the last lines and closes, whether or not the client does. */
function endWith(socket: Socket, text: string): void {
  socket.resume().end(text, () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
  });
}
