import type { Config } from "../config/load.ts";
import type { HubEvent, LinkEvent } from "../gateway/boundary.ts";
import { gatewayItself } from "../runtime/board-name.ts";
import { takesOrders } from "./remote-config.ts";
import type { RemoteOrders, RemoteOrdersParts } from "./remote-orders.ts";

type RequestEvent = Extract<HubEvent, { readonly kind: "request" }>;

/** Which requests of the hub are orders to the gateway itself. What answers them is loaded only where some are taken. */
export class RemoteHands {
  readonly #parts: RemoteOrdersParts;
  /** What an order begins with, where a board answers for the gateway's device; none where no orders are taken. */
  #prefixes: readonly Buffer[] = [];
  /** All that concerns them goes through this promise, so that it stays in order. */
  #orders: Promise<RemoteOrders> | undefined;

  constructor(config: Config, parts: RemoteOrdersParts) {
    this.#parts = parts;
    this.configure(config);
  }

  /** Takes another configuration; until `reloaded`, what was an order before is one still, and becomes no board's command. */
  configure(config: Config): void {
    this.#prefixes = [...this.#prefixes, ...prefixesOf(config)];
    if (takesOrders(config)) void this.#load();
  }

  /** The boards are those of the new configuration. */
  reloaded(config: Config): void {
    this.#prefixes = prefixesOf(config);
  }

  /** @returns whether the request is the gateway's to answer: no board's that there is */
  takes({ board, processId, payload }: RequestEvent): boolean {
    // What comes without the prefix where there is no board is no order; whoever sent it is told so.
    const { clock, hub } = this.#parts;
    if (board !== gatewayItself && !(this.#hasPrefix(payload) && hub.isGatewaysDevice(board))) return false;
    const now = clock.now();
    const arrivedAt = clock.suspension(now)?.since ?? now;
    clock.read(payload.length);
    void this.#load().then((orders) => orders.request({ board, processId, payload }, arrivedAt));
    return true;
  }

  linkEvent(board: string, { kind }: LinkEvent): void {
    if (kind === "up" || kind === "down" || kind === "kept")
      void this.#orders?.then((orders) => orders.linkEvent(board, kind));
  }

  /** The session is about to end, or has ended. */
  endSession(): void {
    void this.#orders?.then((orders) => orders.endSession());
  }

  /** Answers what is open, now: the session or the board is about to be another one. */
  async settled(): Promise<void> {
    (await this.#orders)?.hurry();
  }

  /** Carries nothing out any more. */
  async stop(): Promise<void> {
    (await this.#orders)?.stop();
  }

  #hasPrefix(payload: Buffer): boolean {
    for (const prefix of this.#prefixes)
      if (payload.length >= prefix.length && payload.compare(prefix, 0, prefix.length, 0, prefix.length) === 0)
        return true;
    return false;
  }

  #load(): Promise<RemoteOrders> {
    this.#orders ??= import("./remote-orders.ts").then((module) => new module.RemoteOrders(this.#parts));
    return this.#orders;
  }
}

function prefixesOf(config: Config): readonly Buffer[] {
  const { prefix } = config.remote;
  return takesOrders(config) && prefix !== undefined ? [Buffer.from(prefix)] : [];
}
