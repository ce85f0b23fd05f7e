/**
 * What a session sends beside responses: operations on its sub-devices, and events of its boards, when the message budget lets them.
 * `SubDevices`, `EventQueue` and `MessageBudget` decide; here are the clock, the one timer, and the connection.
 */

import { randomInt } from "node:crypto";
import type { Instant } from "../core/instant.ts";
import type { EventSendResult } from "../gateway/boundary.ts";
import type { Connection } from "../mqtt/connection.ts";
import type { Nonce } from "./binding.ts";
import { EventQueue, type QueuedEvent } from "./event-queue.ts";
import { MessageBudget } from "./message-budget.ts";
import { type OperationTopics, operationTopics } from "./operations.ts";
import { type Packet, SubDevices, type SubDevicesEvent } from "./sub-devices.ts";
import type { DeviceName } from "./topics.ts";

export interface UpstreamParts {
  /** The session's own device. */
  readonly gateway: DeviceName;
  readonly connection: Pick<Connection, "publish" | "subscribe" | "unsubscribe">;
  /** What is subscribed for a board's requests. */
  readonly filterOf: (device: DeviceName) => string;
  readonly qos: 0 | 1;
  readonly now: () => Instant;
  /** Resolves when no request of the hub for the board is open. */
  readonly settled: (board: string) => Promise<void>;
  readonly emit: (event: SubDevicesEvent) => void;
}

/** As Tencent's device SDKs subscribe it. */
const resultQos = 1;

export class Upstream {
  readonly devices = new SubDevices();
  readonly topics: OperationTopics;
  readonly budget = new MessageBudget();
  readonly #parts: UpstreamParts;
  readonly #events = new EventQueue();
  #timer: NodeJS.Timeout | undefined;
  #phase: "connecting" | "up" | "closing" | "over" = "connecting";

  constructor(parts: UpstreamParts) {
    this.#parts = parts;
    this.topics = operationTopics(parts.gateway);
  }

  /** The connection is up. */
  start(): void {
    this.#phase = "up";
    this.wake();
  }

  /** No more operations; events still go out. */
  close(): void {
    if (this.#phase === "up") this.#phase = "closing";
  }

  /** Before DISCONNECT: every sub-device is reported offline, so that its callers are told so at once. The hub's answer is not awaited. */
  sayFarewell(): void {
    this.close();
    for (const payload of this.devices.farewell(createNonce())) this.#publishOperation(payload);
  }

  /** The connection is down. */
  stop(): void {
    this.#phase = "over";
    clearTimeout(this.#timer);
    for (const event of this.#events.clear()) this.#dropEvent(event, "not_connected");
  }

  /** The hub is told that the board is offline. No event of it follows: what of it waits is told as no board's. */
  removeBoard(board: string): void {
    this.devices.remove(board);
    for (const { payload } of this.#events.clear(board))
      this.#parts.emit({
        kind: "dropped",
        board: undefined,
        name: "unpublished_event",
        detail: `${payload.length} bytes of ${board}, which was removed`,
      });
    this.wake();
  }

  publishEvent(event: QueuedEvent): EventSendResult {
    if (this.#phase !== "up" && this.#phase !== "closing") return "not_connected";
    // One board shares with nobody: `events.perSecondMax` leaves its responses what they need.
    if (this.devices.size === 1) return this.#parts.connection.publish(event.topic, event.payload);
    if (!this.#events.add(event)) return "over_budget";
    this.wake();
    return "sent";
  }

  /** Something has happened: tells of it, and sends what has become due. */
  wake(): void {
    if (this.#phase === "connecting" || this.#phase === "over") return;
    this.tell();
    const now = this.#parts.now();
    this.devices.expire(now);
    if (this.#phase === "up") this.#sendOperations(now);
    this.#sendEvents(now);
    this.#setTimer(now);
    this.tell();
  }

  /** Tells what has happened since the last time, while the session is up. */
  tell(): void {
    if (this.#phase === "connecting" || this.#phase === "over") return;
    for (const event of this.devices.takeEvents()) this.#parts.emit(event);
  }

  #sendOperations(now: Instant): void {
    while (this.budget.operationAt <= now) {
      const packet = this.devices.next(now, createNonce());
      if (packet === undefined) return;
      this.budget.spendOnOperation(now);
      this.#send(packet);
    }
  }

  #sendEvents(now: Instant): void {
    while (this.budget.eventAt <= now) {
      const event = this.#events.take();
      if (event === undefined) return;
      this.budget.spend(now);
      const result = this.#parts.connection.publish(event.topic, event.payload);
      if (result !== "sent") this.#dropEvent(event, result);
    }
  }

  #setTimer(now: Instant): void {
    clearTimeout(this.#timer);
    const operationAt = this.#phase === "up" ? this.devices.wakeAt : undefined;
    const at = Math.min(
      operationAt === undefined ? Number.POSITIVE_INFINITY : Math.max(operationAt, this.budget.operationAt),
      this.#events.isEmpty ? Number.POSITIVE_INFINITY : this.budget.eventAt,
    );
    if (at !== Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.wake(), Math.max(0, Math.ceil(at - now)));
  }

  #send(packet: Packet): void {
    const { connection, now } = this.#parts;
    switch (packet.kind) {
      case "publish":
        this.#publishOperation(packet.payload);
        break;
      case "subscribe_results":
        connection.subscribe(this.topics.result, resultQos, (isGranted) => {
          this.devices.resultsSuback(isGranted, now());
          this.wake();
        });
        break;
      case "subscribe":
        this.#subscribe(packet.board);
        break;
      case "unsubscribe":
        void this.#unsubscribe(packet.board);
        break;
      default:
        packet satisfies never;
    }
  }

  #publishOperation(payload: Buffer): void {
    const result = this.#parts.connection.publish(this.topics.operation, payload);
    // An operation is asked again, an acknowledgement is not.
    if (result !== "sent")
      this.#parts.emit({
        kind: "dropped",
        board: undefined,
        name: "unsent_operation",
        detail: `${this.topics.operation}: ${result}`,
      });
  }

  #subscribe(board: string): void {
    const { connection, filterOf, qos, now } = this.#parts;
    const device = this.devices.get(board);
    if (device === undefined) return;
    connection.subscribe(filterOf(device.options), qos, (isGranted) => {
      device.suback(isGranted, now());
      this.wake();
    });
  }

  async #unsubscribe(board: string): Promise<void> {
    const { connection, filterOf, settled } = this.#parts;
    const device = this.devices.get(board);
    if (device === undefined) return;
    // Without an answer its requests may still come: the step ends with its time.
    if (!(await connection.unsubscribe(filterOf(device.options))) || this.devices.get(board) !== device) return;
    // The hub takes no response of a device that is offline.
    await settled(board);
    device.unsubscribed();
    this.wake();
  }

  #dropEvent({ board, payload }: QueuedEvent, why: string): void {
    const detail = `${payload.length} bytes: ${why}`;
    this.#parts.emit({ kind: "dropped", board, name: "unpublished_event", detail });
  }
}

function createNonce(): Nonce {
  return { random: randomInt(2 ** 31), timestampS: Math.floor(Date.now() / 1000) };
}
