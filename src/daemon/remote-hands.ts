import type { Config } from "../config/load.ts";
import type { HubEvent, LinkEvent } from "../gateway/boundary.ts";
import { gatewayItself } from "../runtime/board-name.ts";
import { addressee, takesOrders } from "./remote-config.ts";
import type { RemoteOrders, RemoteOrdersParts } from "./remote-orders.ts";

type RequestEvent = Extract<HubEvent, { readonly kind: "request" }>;

/** Which requests of the hub are orders to the gateway itself. What answers them is loaded only where some are taken. */
export class RemoteHands {
  readonly #parts: RemoteOrdersParts;
  #addressee = gatewayItself;
  #takesOrders = false;
  #prefix: Buffer | undefined;
  /** All that concerns them goes through this promise, so that it stays in order. */
  #orders: Promise<RemoteOrders> | undefined;

  constructor(config: Config, parts: RemoteOrdersParts) {
    this.#parts = parts;
    this.configure(config);
  }

  configure(config: Config): void {
    const { prefix } = config.remote;
    this.#addressee = addressee(config);
    this.#takesOrders = takesOrders(config);
    this.#prefix = prefix === undefined ? undefined : Buffer.from(prefix);
    if (this.#takesOrders) void this.#load();
  }

  /** @returns whether the request is the gateway's to answer: no board's that there is */
  takes({ board, processId, payload }: RequestEvent): boolean {
    // What comes without the prefix where there is no board is no order; whoever sent it is told so.
    if (board !== gatewayItself && !(this.#takesOrders && board === this.#addressee && this.#hasPrefix(payload)))
      return false;
    const { clock } = this.#parts;
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
    const prefix = this.#prefix;
    if (prefix === undefined || payload.length < prefix.length) return false;
    return payload.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
  }

  #load(): Promise<RemoteOrders> {
    this.#orders ??= import("./remote-orders.ts").then((module) => new module.RemoteOrders(this.#parts));
    return this.#orders;
  }
}
