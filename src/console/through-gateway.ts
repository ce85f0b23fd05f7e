import { type Conversation, type ConversationEnd, converse } from "../observe/conversation.ts";
import type { Order, Refusal } from "../observe/socket-protocol.ts";
import { contentsOf } from "../observe/trace-event.ts";
import type { ConsoleBoard, ConsoleEnd, ConsoleMessage, Written } from "./board.ts";

/** A gateway that is started anew is found soon, and one that is stopped costs nothing. */
const retryMs = 1000;

/** What the hub takes, and the control socket. */
const payloadBytesMax = 16 * 1024;

const notWritten: Written = {
  kind: "refused",
  why: "through a running gateway nothing is written as it is, because it could become part of a caller's command: /release gives this console the port",
};

export interface ThroughGatewayOptions {
  /** The path of the control socket. */
  readonly socket: string;
  readonly board: string | undefined;
  /** Whether a gateway that goes away is waited for; else it is the end. */
  readonly waits: boolean;
}

/** A board of the running gateway: one connection to its control socket, on which orders and all that happens keep their order. */
export function throughGateway(
  { socket, board, waits }: ThroughGatewayOptions,
  show: (message: ConsoleMessage) => void,
): ConsoleBoard {
  const open = new Set<number>();
  const whose = board === undefined ? {} : { board };
  let conversation: Conversation | undefined;
  let retry: NodeJS.Timeout | undefined;
  let isClosed = false;
  let isAwaited = false;
  let end = (_: ConsoleEnd) => {};
  const ended = new Promise<ConsoleEnd>((resolve) => {
    end = resolve;
  });
  let beReady = (_: "met") => {};
  const ready = new Promise<"met">((resolve) => {
    beReady = resolve;
  });
  connect();

  function connect(): void {
    const current = converse(socket, (message) => {
      if (isClosed || message.kind === "released" || message.kind === "release_over") return;
      if (isAwaited) show({ kind: "note", text: "the gateway is back" });
      isAwaited = false;
      beReady("met");
      if ("ref" in message && message.ref !== undefined) open.delete(message.ref);
      show(message);
    });
    conversation = current;
    current.send({ want: "watch", withContents: true, ...whose });
    void current.ended.then(over);
  }

  function over(why: ConversationEnd): void {
    conversation = undefined;
    if (isClosed) return;
    const text = why.kind === "closed" ? "the connection was closed" : why.text;
    for (const ref of open) show({ kind: "unanswered", ref, executed: executedBy(why, ref), text });
    open.clear();
    if (why.kind === "refused" && why.code !== "stopping") end({ why: endOf(why), text });
    else if (!waits) end({ why: "unavailable", text });
    else {
      if (!isAwaited) show({ kind: "note", text: `${text} (waiting for it)` });
      isAwaited = true;
      retry = setTimeout(connect, retryMs);
    }
  }

  function send(order: AskingOrder, ref: number): void {
    if (conversation === undefined || isAwaited)
      show({ kind: "unanswered", ref, executed: "no", text: "there is no gateway" });
    else {
      open.add(ref);
      conversation.send({ ...order, ...whose, ref });
    }
  }

  function call(payload: Buffer, ref: number): void {
    if (payload.length <= payloadBytesMax) send({ want: "call", payload: contentsOf(payload) }, ref);
    else show({ kind: "unanswered", ref, executed: "no", text: `a payload has at most ${payloadBytesMax} bytes` });
  }

  return {
    call,
    probe: (ref) => send({ want: "probe" }, ref),
    writeLine: () => notWritten,
    writeRaw: () => notWritten,
    async close() {
      isClosed = true;
      clearTimeout(retry);
      const current = conversation;
      current?.close();
      await current?.ended;
    },
    ready,
    ended,
  };
}

/** Without a `ref`, which each has here. */
type AskingOrder = Extract<Order, { readonly want: "call" | "probe" }>;

/** Orders are taken one after another: a refusal is of the one that it names, and of those after it. */
function executedBy(why: ConversationEnd, ref: number): "no" | "unknown" {
  if (why.kind === "unreachable") return "no";
  return why.kind === "refused" && why.ref !== undefined && ref >= why.ref ? "no" : "unknown";
}

function endOf({ code }: Refusal): ConsoleEnd["why"] {
  return code === "unknown_board" || code === "board_needed" ? "usage" : "unavailable";
}
