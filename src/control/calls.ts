import type { Client } from "../observe/order-socket.ts";
import { bytesOf, jsonLine, type Order } from "../observe/socket-protocol.ts";
import { contentsOf } from "../observe/trace-event.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { processTime } from "../runtime/time.ts";
import { boardNamed } from "./board-named.ts";
import type { Hands } from "./hands.ts";
import type { Who } from "./who.ts";

/** As many as wait for one board at most, unless configured otherwise: more orders are read as these are answered. */
const openMax = 512;

/** Answers that the client has not read: as with readers of the monitor. */
const unreadBytesMax = 256 * 1024;

export interface CallsParts {
  readonly hands: Hands;
  readonly who: Who;
  readonly log: Log;
}

type CallOrder = Extract<Order, { readonly want: "call" }>;

/** Calls of one client: each is a request to a board, and its answer goes back as it comes. */
export function serveCalls(first: CallOrder, client: Client, { hands, who, log }: CallsParts): void {
  const { socket } = client;
  const told = new Set<string>();
  let openCount = 0;
  let isPaused = false;
  let count = 0;
  /** Of the calls that name none: a reload may bring more boards, and these calls still mean this one. */
  let unnamedBoard: string | undefined;

  function call({ board: name, payload, ref }: CallOrder): void {
    const whose = ref === undefined ? {} : { ref };
    const refuse: Client["refuse"] = (refusal) => client.refuse({ ...refusal, ...whose });
    const board = boardNamed(name ?? unnamedBoard, hands.boards(), { refuse });
    if (board === undefined) return;
    if (name === undefined) unnamedBoard = board;
    tell(board);
    count += 1;
    openCount += 1;
    const startedAt = processTime.now();
    hands.request(board, bytesOf(payload), (processId, answer) => {
      openCount -= 1;
      if (socket.destroyed || socket.writableEnded) return false;
      const ms = processTime.now() - startedAt;
      socket.write(jsonLine({ kind: "answer", ...whose, processId, payload: contentsOf(answer), ms }));
      goOn();
      return true;
    });
    if (!isFull()) return;
    isPaused = true;
    client.pause();
  }

  /** Once for each board: a load of thousands needs no line each, and its errors have theirs. Counted together for one user only. */
  function tell(board: string): void {
    if (told.has(board)) return;
    told.add(board);
    logOf(board, log).say("info", `control call of ${who.user}`, `control: ${who.text} calls the board`);
  }

  function isFull(): boolean {
    return openCount >= openMax || socket.writableLength > unreadBytesMax;
  }

  function goOn(): void {
    if (!isPaused || isFull()) return;
    isPaused = false;
    client.resume();
  }

  client.takeMore(function next(order) {
    client.takeMore(next);
    if (order.want === "call") call(order);
    else client.refuse({ code: "unknown_order", text: "after a call only calls follow: open another connection" });
  });
  socket.on("drain", goOn);
  socket.once("close", () => {
    if (count > 1) log.say("info", `control calls of ${who.user}`, `control: ${who.text} has made ${count} calls`);
  });
  call(first);
}
