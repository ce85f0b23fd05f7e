import type { Log } from "../runtime/logger.ts";
import { processTime } from "../runtime/time.ts";
import { type Client, openOrderSocket } from "./order-socket.ts";
import { Reader } from "./reader.ts";
import type { Access } from "./socket-file.ts";
import { jsonLine, type Order, type ReadingOrder, type UsingOrder } from "./socket-protocol.ts";
import { type TraceEvent, wallTime } from "./trace-event.ts";

/** An order that changes nothing has some 60 bytes. */
const readingBytesMax = 256;

export interface MonitorOptions {
  readonly socket: string;
  readonly access: Access;
  /** What the flight recorder holds, of one board or of all. */
  readonly dump: (board: string | undefined) => readonly TraceEvent[];
  /** What is wrong with the name of a board that an order has; undefined where nothing is. */
  readonly faultOf: (board: string) => string | undefined;
  /** How things are, for a reader that begins to watch. */
  readonly state: () => readonly TraceEvent[];
  readonly log: Log;
  /** What the control socket does beyond; without it nothing can be changed here. */
  readonly using?: Using;
}

export interface Using {
  readonly orderBytesMax: number;
  take(order: UsingOrder, client: Client): void;
}

export interface Monitor {
  /**
   * `toEvent` makes what is sent, with contents or without; it is called only while somebody watches the board. `board` is
   * undefined for what belongs to no board.
   */
  tell(board: string | undefined, toEvent: (withContents: boolean) => TraceEvent): void;
  close(): Promise<void>;
}

/** Serves readers at a local socket, and at the control socket those who use the boards as well. */
export function openMonitor({ socket: path, access, dump, faultOf, state, log, using }: MonitorOptions): Monitor {
  const readers = new Set<Reader>();
  const orders = openOrderSocket({
    name: using === undefined ? "monitor" : "control",
    path,
    access,
    orderBytesMax: using?.orderBytesMax ?? readingBytesMax,
    isBusyText: using === undefined ? "are watching already" : "are connected already",
    take,
    log,
  });

  function take(order: Order, client: Client): void {
    const fault = order.board === undefined ? undefined : faultOf(order.board);
    if (fault !== undefined) client.refuse({ code: "unknown_board", text: fault });
    else if (order.want === "watch" || order.want === "dump") read(order, client);
    else if (using !== undefined) using.take(order, client);
    else
      client.refuse({
        code: "read_only",
        text: "the monitor's socket changes nothing: control.socket takes this order",
      });
  }

  function read(order: ReadingOrder, client: Client): void {
    const { socket, endWith } = client;
    switch (order.want) {
      case "dump":
        endWith(dump(order.board).map(jsonLine).join(""));
        break;
      case "watch": {
        const lostLine = (count: number) => jsonLine({ time: wallTime(processTime.now()), kind: "lost", count });
        socket.setTimeout(0);
        const reader = new Reader(socket, order, lostLine);
        for (const event of state()) if (reader.watches(event.board)) reader.offer(jsonLine(event));
        readers.add(reader);
        socket.once("close", () => readers.delete(reader));
        // What is done with a board and what comes of it are told in their order.
        if (using !== undefined) client.takeMore((next) => takeAfterWatch(next, client));
        break;
      }
      default:
        order satisfies never;
    }
  }

  function takeAfterWatch(order: Order, client: Client): void {
    if (order.want === "call" || order.want === "probe") take(order, client);
    else client.refuse({ code: "unknown_order", text: "after a watch only calls and probes follow" });
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
    close: () => orders.close(),
  };
}
