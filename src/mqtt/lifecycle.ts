/**
 * From the first byte on a connected socket to the end: what comes next, what is sent then, and when the connection counts as up.
 * Pure: told what happened and when, it answers with what to do.
 */

import { type ConnectionEnd, connectionEnd, type EndContext, type Stage } from "./connection-end.ts";
import { closedByPeer, stageTimeout } from "./connection-fault.ts";
import { type Endpoint, isSecure } from "./endpoint.ts";
import type { Asked } from "./packet-check.ts";
import { matchesFilter } from "./topic-filter.ts";

/** What is to be done, in this order. */
export type Output =
  /** One SUBSCRIBE with this filter; `subscribed` tells its identifier. */
  | { readonly kind: "subscribe"; readonly filter: string }
  /** From now on `timeout` is called after `ms`; with undefined not any more. Takes the place of the limit before. */
  | { readonly kind: "limit"; readonly ms: number | undefined }
  | { readonly kind: "up"; readonly roundTripMs: number }
  /** DISCONNECT. */
  | { readonly kind: "disconnect" }
  /** The socket is closed, at once. */
  | { readonly kind: "destroy" }
  /** Last: nothing more comes, once the socket is closed. */
  | { readonly kind: "down"; readonly end: ConnectionEnd };

export interface LifecycleOptions {
  readonly endpoint: Endpoint;
  /** What has to be granted before it is up. */
  readonly filters: readonly string[];
  /** How long CONNACK and the SUBACKs may take: for the words of an end, and for the limit after CONNACK. */
  readonly answerMs: number;
}

/** For PUBACKs under way, DISCONNECT and the peer's close: several round trips on a mobile network. */
export const endTimeoutMs = 1000;

const nothing: readonly Output[] = [];
const destroy: readonly Output[] = [{ kind: "destroy" }];
const noLimit: Output = { kind: "limit", ms: undefined };

export class Lifecycle implements Asked, EndContext {
  readonly endpoint: Endpoint;
  readonly #answerMs: number;
  #stage: Exclude<Stage, "connecting">;
  /** Defined as soon as the end is decided; `down` follows when the client has closed. */
  #end: ConnectionEnd | undefined;
  /** Filters of the start by the identifier of their SUBSCRIBE. */
  readonly #subscribed = new Map<number, string>();
  /** Filters of which nobody has shown yet that they were granted. */
  readonly #awaited: Set<string>;
  #askedAtMs: number;
  #roundTripMs = Number.POSITIVE_INFINITY;
  #hasSubscribed = false;
  #hasUnsubscribed = false;

  constructor({ endpoint, filters, answerMs }: LifecycleOptions, nowMs: number) {
    this.endpoint = endpoint;
    this.#answerMs = answerMs;
    this.#awaited = new Set(filters);
    this.#stage = isSecure(endpoint.transport) ? "securing" : "logging_in";
    this.#askedAtMs = nowMs;
  }

  get stage(): Exclude<Stage, "connecting"> {
    return this.#stage;
  }

  /** Up, and no end decided. */
  get isUp(): boolean {
    return this.#stage === "up" && this.#end === undefined;
  }

  get isEnding(): boolean {
    return this.#end !== undefined;
  }

  get hasSubscribed(): boolean {
    return this.#hasSubscribed;
  }

  get hasUnsubscribed(): boolean {
    return this.#hasUnsubscribed;
  }

  /** The TLS handshake has ended, and CONNECT is on its way. */
  secured(nowMs: number): void {
    this.#ask("logging_in", nowMs);
  }

  /** CONNACK has come, whatever it says. */
  connack(nowMs: number): void {
    if (this.#end === undefined) this.#answered(nowMs);
  }

  /** CONNACK was 0, and the client can subscribe. */
  connected(nowMs: number): readonly Output[] {
    if (this.#end !== undefined) return nothing;
    this.#ask("subscribing", nowMs);
    if (this.#awaited.size === 0) return this.#granted();
    const subscriptions = [...this.#awaited].map((filter): Output => ({ kind: "subscribe", filter }));
    return [{ kind: "limit", ms: this.#answerMs }, ...subscriptions];
  }

  /** A SUBSCRIBE is on its way. */
  subscribing(): void {
    this.#hasSubscribed = true;
  }

  /** It has this filter of the start, and this identifier. */
  subscribed(filter: string, id: number): void {
    this.#subscribed.set(id, filter);
  }

  /** One filter is asked for at a time, so there is one code in each SUBACK (MQTT 3.1.1 §3.9.3). */
  suback(id: number | undefined, codes: readonly unknown[], nowMs: number): readonly Output[] {
    if (this.#end !== undefined) return nothing;
    this.#answered(nowMs);
    const filter = id === undefined ? undefined : this.#subscribed.get(id);
    if (filter === undefined || codes.length !== 1)
      return this.fail(connectionEnd("protocol_error", "a SUBACK to no SUBSCRIBE", this));
    if (codes[0] === 0x80)
      return this.fail(connectionEnd("subscription_refused", `SUBACK 128 for the filter ${filter}`, this));
    this.#awaited.delete(filter);
    return this.#awaited.size === 0 ? this.#granted() : nothing;
  }

  /**
   * A message has come. It may overtake the SUBACK (MQTT 3.1.1 §3.8.4), and proves as much. The connection is up then, though
   * other SUBACKs are awaited: who has sent it waits for an answer.
   */
  message(topic: string): readonly Output[] {
    if (this.#awaited.size === 0 || this.#end !== undefined) return nothing;
    const proved = [...this.#awaited].filter((filter) => matchesFilter(filter, topic));
    for (const filter of proved) this.#awaited.delete(filter);
    return proved.length === 0 ? nothing : this.#granted();
  }

  /** An UNSUBSCRIBE is on its way. */
  unsubscribing(): void {
    this.#hasUnsubscribed = true;
  }

  /** The limit is over. */
  timeout(): readonly Output[] {
    const awaited = this.#stage === "up" ? "subscribing" : this.#stage;
    return this.#end === undefined ? this.fail(stageTimeout(awaited, this.#answerMs, this.endpoint)) : destroy;
  }

  /** Something went wrong that ends the connection. */
  fail(end: ConnectionEnd): readonly Output[] {
    if (this.#end !== undefined) return nothing;
    this.#end = end;
    return destroy;
  }

  /** The owner wants its end. */
  end(): readonly Output[] {
    if (this.#end !== undefined) return nothing;
    this.#end = endedByOwner(this);
    const canDisconnect = this.#stage === "subscribing" || this.#stage === "up";
    return canDisconnect ? [{ kind: "disconnect" }, { kind: "limit", ms: endTimeoutMs }] : destroy;
  }

  /** The client has closed. */
  closed(): readonly Output[] {
    this.#end ??= closedByPeer(this);
    return [...destroy, { kind: "down", end: this.#end }];
  }

  #granted(): readonly Output[] {
    const outputs: Output[] = this.#awaited.size === 0 ? [noLimit] : [];
    if (this.#stage === "subscribing") {
      this.#stage = "up";
      outputs.push({ kind: "up", roundTripMs: this.#roundTripMs });
    }
    return outputs;
  }

  #ask(next: Exclude<Stage, "connecting">, nowMs: number): void {
    this.#stage = next;
    this.#askedAtMs = nowMs;
  }

  #answered(nowMs: number): void {
    this.#roundTripMs = Math.min(this.#roundTripMs, nowMs - this.#askedAtMs);
  }
}

export function endedByOwner(context: EndContext): ConnectionEnd {
  return connectionEnd("ended", "ended by its owner", context);
}
