import type { Client } from "../observe/order-socket.ts";
import { type Answer, bytesOf, jsonLine, type Order, type Probed } from "../observe/socket-protocol.ts";
import { contentsOf, wallTime } from "../observe/trace-event.ts";
import { type Log, logOf } from "../runtime/logger.ts";
import { processTime } from "../runtime/time.ts";
import { boardNamed } from "./board-named.ts";
import type { Hands } from "./hands.ts";
import type { Who } from "./who.ts";

/** As many as wait for one board at most, unless configured otherwise: more orders are read as these are answered. */
const openMax = 512;

/** Answers that the client has not read: as with readers of the monitor. */
const unreadBytesMax = 256 * 1024;

const doing = { call: "calls the board", probe: "probes the board" } as const;

export interface CallsParts {
  readonly hands: Hands;
  readonly who: Who;
  readonly log: Log;
}

/** What is asked of a board: a request, or who it is. */
type AskingOrder = Extract<Order, { readonly want: "call" | "probe" }>;

/** Calls and probes of one client: what comes of each goes back as it comes. */
export function serveCalls(first: AskingOrder, client: Client, { hands, who, log }: CallsParts): void {
  const { socket } = client;
  const told = new Set<string>();
  let openCount = 0;
  let isPaused = false;
  let callCount = 0;
  /** Of the orders that name none: a reload may bring more boards, and these orders still mean this one. */
  let unnamedBoard: string | undefined;

  function ask(order: AskingOrder): void {
    const { board: name, ref } = order;
    const whose = ref === undefined ? {} : { ref };
    const refuse: Client["refuse"] = (refusal) => client.refuse({ ...refusal, ...whose });
    const board = boardNamed(name ?? unnamedBoard, hands.boards(), { refuse });
    if (board === undefined) return;
    if (name === undefined) unnamedBoard = board;
    tell(board, order.want);
    openCount += 1;
    if (order.want === "call") call(board, bytesOf(order.payload), whose);
    else hands.probe(board, (result) => answer({ kind: "probed", ...whose, result }));
    if (!isFull()) return;
    isPaused = true;
    client.pause();
  }

  function call(board: string, payload: Buffer, whose: Pick<Answer, "ref">): void {
    callCount += 1;
    const startedAt = processTime.now();
    hands.request(board, payload, (processId, reply) => {
      const ms = processTime.now() - startedAt;
      return answer({ kind: "answer", ...whose, processId, payload: contentsOf(reply), ms });
    });
  }

  /** Says whether the client is still there for it. */
  function answer(message: Omit<Answer, "time"> | Omit<Probed, "time">): boolean {
    openCount -= 1;
    if (socket.destroyed || socket.writableEnded) return false;
    socket.write(jsonLine({ time: wallTime(processTime.now()), ...message }));
    goOn();
    return true;
  }

  /** Once for each board: a load of thousands needs no line each, and its errors have theirs. Counted together for one user only. */
  function tell(board: string, want: AskingOrder["want"]): void {
    if (told.has(`${want} ${board}`)) return;
    told.add(`${want} ${board}`);
    logOf(board, log).say("info", `control ${want} of ${who.user}`, `control: ${who.text} ${doing[want]}`);
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
    if (order.want === "call" || order.want === "probe") ask(order);
    else
      client.refuse({
        code: "unknown_order",
        text: "after a call only calls and probes follow: open another connection",
      });
  });
  socket.on("drain", goOn);
  socket.once("close", () => {
    if (callCount > 1)
      log.say("info", `control calls of ${who.user}`, `control: ${who.text} has made ${callCount} calls`);
  });
  ask(first);
}
