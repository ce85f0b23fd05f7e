import type { Client } from "../observe/order-socket.ts";
import { jsonLine, type Order } from "../observe/socket-protocol.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { seconds } from "../runtime/text.ts";
import { boardNamed } from "./board-named.ts";
import type { Hands } from "./hands.ts";

/** When the time is over the client ends its command; then it has so long before the port is taken back in any case. */
const graceMs = 10_000;

type ReleaseOrder = Extract<Order, { readonly want: "release" }>;

/** One client has a board's port until its connection ends, which a command that it has started may keep open, or its time is over. */
export function serveRelease(
  { board: name, forMs }: ReleaseOrder,
  client: Client,
  { hands, who, log }: { readonly hands: Hands; readonly who: string; readonly log: CollapsingLog },
): void {
  const { socket } = client;
  const board = boardNamed(name, hands.boards(), client);
  if (board === undefined) return;
  let timer: NodeJS.Timeout | undefined;
  const release = hands.release(board, {
    who,
    onPort({ path, baudRate }) {
      socket.write(jsonLine({ kind: "released", board, path, baudRate, forMs }));
      timer = setTimeout(timeIsOver, forMs);
    },
    onBoardGone() {
      socket.write(jsonLine({ kind: "release_over", why: "removed" }));
    },
    onEnd(why) {
      clearTimeout(timer);
      if (!socket.destroyed) client.endWith(jsonLine({ kind: "release_over", why }));
    },
  });
  switch (release.kind) {
    case "taken":
      client.refuse({ code: "released_already", text: `the board is released already, to ${release.by}` });
      return;
    case "stopping":
      client.refuse({ code: "stopping", text: "the gateway is stopping" });
      return;
    case "held":
      break;
    default:
      release satisfies never;
      return;
  }
  // A reload may open another socket: the port is theirs all the same.
  client.outliveServer();
  // Each has its line, however many there are in a day: it is the only word of who had the port.
  log.answer("info", `control: ${who} is given the port, for ${seconds(forMs)} at most`, board);
  socket.once("close", release.giveBack);

  function timeIsOver(): void {
    log.answer("warn", `control: the time of ${who} is over`, board);
    socket.write(jsonLine({ kind: "release_over", why: "time" }));
    timer = setTimeout(() => release.kind === "held" && release.giveBack(), graceMs);
  }
}
