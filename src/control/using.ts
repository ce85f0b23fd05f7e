import type { Using } from "../observe/monitor.ts";
import type { Client } from "../observe/order-socket.ts";
import type { UsingOrder } from "../observe/socket-protocol.ts";
import type { CollapsingLog } from "../runtime/log.ts";
import { serveCalls } from "./calls.ts";
import type { Hands } from "./hands.ts";
import { serveRelease } from "./release.ts";
import { whoIs } from "./who.ts";

/** A request of 16 KB, which is what the hub takes, as JSON at its longest: six characters for each byte. */
const orderBytesMax = 128 * 1024;

/** Carries out the orders that use a board. Who gives them is told in the log. */
export function usingOf(hands: Hands, log: CollapsingLog): Using {
  async function take(order: UsingOrder, client: Client): Promise<void> {
    client.pause();
    client.socket.setTimeout(0);
    const who = await whoIs(client);
    if (client.socket.destroyed) return;
    switch (order.want) {
      case "call":
      case "probe":
        serveCalls(order, client, { hands, who, log });
        break;
      case "release":
        serveRelease(order, client, { hands, who: who.text, log });
        break;
      default:
        order satisfies never;
    }
    client.resume();
  }

  return { orderBytesMax, take: (order, client) => void take(order, client) };
}
