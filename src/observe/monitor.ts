import { createServer, type Socket } from "node:net";
import { keepListening } from "../runtime/keep-listening.ts";
import type { Log } from "../runtime/logger.ts";
import { processTime } from "../runtime/time.ts";
import { Reader } from "./reader.ts";
import { type Sight, wallTime } from "./sight.ts";
import { type Access, listenAt } from "./socket-file.ts";
import { type Answer, jsonLine, type Order, readOrder } from "./wire.ts";

/** Several terminals and a dump; each may hold 256 KiB of unread lines. */
const readersMax = 8;

/** Readers, and as many who are being told why they are none. Beyond that nothing is said: a flood costs no more. */
const socketsMax = 2 * readersMax;

/** So long one who has been told the last words may take to leave by himself, so that they reach him. */
const lingerMs = 250;

/** An order has some 40 bytes, and comes at once; what answers it is taken as quickly, or not at all. */
const orderBytesMax = 256;
const orderWaitMs = 5000;

export interface MonitorOptions {
  readonly socket: string;
  readonly access: Access;
  /** What the flight recorder holds. */
  readonly dump: () => readonly Sight[];
  /** How things are, for one who begins to watch. */
  readonly state: () => readonly Sight[];
  readonly log: Log;
}

export interface Monitor {
  /** `sight` makes what is told, with contents or without; it is called only where somebody watches. */
  tell(sight: (withContents: boolean) => Sight): void;
  close(): Promise<void>;
}

/** Serves those who watch, at a socket of this machine. Whatever they do or leave undone, the daemon waits for none. */
export function openMonitor({ socket: path, access, dump, state, log }: MonitorOptions): Monitor {
  /** All that are open, those who are being sent away among them: nobody is forgotten, whatever he does. */
  const sockets = new Set<Socket>();
  const readers = new Set<Reader>();
  const server = createServer(welcome);
  const listening = keepListening(server, () => listenAt(server, path, access), { name: `monitor: ${path}`, log });

  function welcome(socket: Socket): void {
    // A reader that goes away amid a write is nobody's fault.
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
      dismiss(socket, `${readersMax} are watching already`);
      return;
    }
    let text = "";
    socket.setEncoding("latin1").on("data", function onData(chunk: string): void {
      text += chunk;
      const end = text.indexOf("\n");
      if (end < 0 && text.length <= orderBytesMax) return;
      // Who has given his order has nothing more to say.
      socket.off("data", onData).once("data", () => socket.destroy());
      const order = end === text.length - 1 ? readOrder(text) : undefined;
      if (order === undefined) dismiss(socket, "the gateway does not know this order");
      else obey(order, socket);
    });
  }

  function obey(order: Order, socket: Socket): void {
    switch (order.want) {
      case "dump":
        endWith(socket, dump().map(jsonLine).join(""));
        break;
      case "watch": {
        const lostLine = (count: number) => jsonLine({ time: wallTime(processTime.now()), kind: "lost", count });
        socket.setTimeout(0);
        const reader = new Reader(socket, order.withContents, lostLine);
        for (const sight of state()) reader.offer(jsonLine(sight));
        readers.add(reader);
        socket.once("close", () => readers.delete(reader));
        break;
      }
      default:
        order satisfies never;
    }
  }

  return {
    tell(sight) {
      if (readers.size === 0) return;
      const lines = new Map<boolean, string>();
      for (const reader of readers) {
        const line = lines.get(reader.withContents) ?? jsonLine(sight(reader.withContents));
        lines.set(reader.withContents, line);
        reader.offer(line);
      }
    },
    async close() {
      // What was told in this turn of the loop is still to be written.
      await new Promise(setImmediate);
      for (const socket of sockets) {
        if (socket.writableLength > 0) socket.destroy();
        else socket.end(() => socket.destroy());
      }
      await listening.close();
    },
  };
}

function dismiss(socket: Socket, text: string): void {
  endWith(socket, jsonLine({ kind: "refused", text } satisfies Answer));
}

/** Says the last words and lets go, whether or not the reader does. */
function endWith(socket: Socket, text: string): void {
  socket.resume().end(text, () => {
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    socket.once("close", () => clearTimeout(timer));
  });
}
