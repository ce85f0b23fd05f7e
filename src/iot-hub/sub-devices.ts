/**
 * All boards of one session, and what it says to the hub about them. Pure: told what happened and when, it keeps what is to be
 * told (`takeEvents`) and says what is to be sent next (`next`), one packet at a time, so that whoever sends decides when.
 */

import type { Instant } from "../core/instant.ts";
import type { HubDropName, HubEvent } from "../gateway/boundary.ts";
import type { Nonce } from "./binding.ts";
import {
  type DeviceResult,
  encodeAcknowledgement,
  encodeOperation,
  fittingCount,
  type Notice,
  type Operation,
  readHubMessage,
} from "./operations.ts";
import { ResultSubscription } from "./result-subscription.ts";
import { type BoardOptions, type Step, SubDevice } from "./sub-device.ts";
import type { DeviceName } from "./topics.ts";

/** One packet. */
export type Packet =
  /** On the topic of operations. */
  | { readonly kind: "publish"; readonly payload: Buffer }
  /** The filter of the results. */
  | { readonly kind: "subscribe_results" }
  /** The filter of the board's requests. */
  | { readonly kind: "subscribe" | "unsubscribe"; readonly board: string };

export type SubDevicesEvent = Extract<HubEvent, { readonly kind: "board_up" | "board_down" | "dropped" }>;

/** Acknowledgements that wait. People click in a console; more is a hub gone wild. */
const acknowledgementsMax = 32;

/** Operations go out in this order: first what ends something. */
const operations: readonly Operation[] = ["offline", "online", "bind"];

export class SubDevices {
  readonly #boards = new Map<string, SubDevice>();
  /** The sub-devices among them, by their names. */
  readonly #byDevice = new Map<string, SubDevice>();
  readonly #results = new ResultSubscription();
  /** Sub-devices of removed boards, which the hub is to be told of. */
  readonly #removed = new Map<string, DeviceName>();
  #acknowledgements: Buffer[] = [];
  /** The last packet was an acknowledgement. */
  #hasAcknowledged = false;
  #events: SubDevicesEvent[] = [];

  get size(): number {
    return this.#boards.size;
  }

  get(board: string): SubDevice | undefined {
    return this.#boards.get(board);
  }

  add(options: BoardOptions): SubDevice {
    const { board } = options;
    const device = new SubDevice(options, (news) => {
      // A late answer may still come for one that was removed.
      if (this.#boards.get(board) !== device) return;
      this.#events.push(
        news.kind === "up" ? { kind: "board_up", board } : { kind: "board_down", board, reason: news.reason },
      );
    });
    this.#boards.set(board, device);
    if (device.isSubDevice) this.#byDevice.set(keyOf(options), device);
    this.#removed.delete(keyOf(options));
    device.tellAbsence();
    return device;
  }

  /** Nothing more is told of it; the hub is told that it is offline. */
  remove(board: string): void {
    const device = this.#boards.get(board);
    if (device === undefined) return;
    this.#boards.delete(board);
    if (device.isSubDevice) this.#byDevice.delete(keyOf(device.options));
    this.#events = this.#events.filter((event) => event.board !== board);
    if (device.mayBeOnline) this.#removed.set(keyOf(device.options), device.options);
  }

  /** What has happened since the last call. */
  takeEvents(): readonly SubDevicesEvent[] {
    if (this.#events.length === 0) return [];
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** When `expire` or `next` has something to do; undefined where only a message or a wish can change anything. */
  get wakeAt(): Instant | undefined {
    if (this.#acknowledgements.length > 0 || this.#removed.size > 0) return Number.NEGATIVE_INFINITY;
    let earliest = this.#needsResults ? this.#results.wakeAt : undefined;
    for (const device of this.#boards.values()) {
      const at = device.answerDueAt ?? this.#dueOf(device)?.at;
      if (at !== undefined && (earliest === undefined || at < earliest)) earliest = at;
    }
    return earliest;
  }

  /** Answers that are missing at `now`. */
  expire(now: Instant): void {
    for (const device of this.#boards.values()) device.expire(now);
    if (this.#results.expire(now)) this.#tellAll({ kind: "no_answer", operation: "subscribe" });
  }

  /** The next packet that is due, which counts as sent; undefined where there is none. */
  next(now: Instant, nonce: Nonce): Packet | undefined {
    // They take turns: a hub that speaks without an end must not keep the boards from coming online.
    const first = this.#hasAcknowledged ? this.#nextStep(now, nonce) : undefined;
    const payload = first === undefined ? this.#acknowledgements.shift() : undefined;
    this.#hasAcknowledged = payload !== undefined;
    if (payload !== undefined) return { kind: "publish", payload };
    return first ?? this.#nextStep(now, nonce);
  }

  #nextStep(now: Instant, nonce: Nonce): Packet | undefined {
    const due = this.#due(now);
    const unsubscribed = due.get("unsubscribe")?.[0];
    if (unsubscribed !== undefined) return step(unsubscribed, "unsubscribe", now);
    if (this.#needsResults && this.#results.begin(now)) return { kind: "subscribe_results" };
    if (this.#removed.size > 0) return this.#sayRemoved(nonce);
    for (const operation of operations) {
      const devices = due.get(operation);
      if (devices !== undefined) return operate(operation, devices, now, nonce);
    }
    const subscribed = due.get("subscribe")?.[0];
    return subscribed === undefined ? undefined : step(subscribed, "subscribe", now);
  }

  /** Payloads that report every sub-device offline, for the end of the session: nothing is concluded from them. */
  farewell(nonce: Nonce): readonly Buffer[] {
    const online = [...this.#byDevice.values()].filter(({ mayBeOnline }) => mayBeOnline).map(({ options }) => options);
    return piecesOf("offline", online, nonce);
  }

  /** The SUBACK of the results' filter. */
  resultsSuback(isGranted: boolean, now: Instant): void {
    if (isGranted) this.#results.granted();
    else if (this.#results.refused(now)) this.#tellAll({ kind: "not_a_gateway" });
  }

  /** A message on the topic of results. */
  message(payload: Buffer, now: Instant): void {
    this.#results.granted();
    const message = readHubMessage(payload);
    switch (message.kind) {
      case "result":
        for (const result of message.results) this.#result(message.operation, result, now);
        break;
      case "change":
        this.#acknowledge(message);
        for (const name of message.devices) this.#changed(name, message.isBound);
        break;
      case "unbind_all":
        this.#acknowledge(message);
        for (const device of this.#byDevice.values()) device.changed(false);
        break;
      case "search_devices":
        // There is nothing to search for: the boards stand in the configuration.
        this.#acknowledge(message);
        break;
      case "unknown":
        this.#drop("unknown_hub_message", `type ${message.type}`);
        break;
      case "malformed":
        this.#drop("malformed_hub_message", message.problem);
        break;
      default:
        message satisfies never;
    }
  }

  get #needsResults(): boolean {
    return this.#byDevice.size > 0;
  }

  /** Without the results no operation is begun: its answer would be missed. */
  #dueOf(device: SubDevice): SubDevice["due"] {
    const { due } = device;
    const isOperation = due?.step === "online" || due?.step === "bind";
    return isOperation && !this.#results.isGranted ? undefined : due;
  }

  #due(now: Instant): ReadonlyMap<Step, SubDevice[]> {
    const devices = new Map<Step, SubDevice[]>();
    for (const device of this.#boards.values()) {
      const due = this.#dueOf(device);
      if (due === undefined || due.at > now) continue;
      const same = devices.get(due.step);
      if (same === undefined) devices.set(due.step, [device]);
      else same.push(device);
    }
    return devices;
  }

  #sayRemoved(nonce: Nonce): Packet {
    const devices = [...this.#removed.values()];
    const said = devices.slice(0, fittingCount("offline", devices));
    for (const device of said) this.#removed.delete(keyOf(device));
    return { kind: "publish", payload: encodeOperation("offline", said, nonce) };
  }

  #result(operation: Operation, { code, ...name }: DeviceResult, now: Instant): void {
    // Whatever it says: the sub-device is away, and may have been removed since.
    if (operation === "offline") return;
    const device = this.#byDevice.get(keyOf(name));
    if (device === undefined) {
      this.#drop("unknown_device", `${operation} of ${keyOf(name)}`);
      return;
    }
    const isAsked = operation === "online" ? device.onlineResult(code, now) : device.bindResult(code, now);
    if (!isAsked) this.#drop("unknown_hub_message", `a result of ${operation}, not asked for`, device.options.board);
  }

  #changed(name: DeviceName, isBound: boolean): void {
    const device = this.#byDevice.get(keyOf(name));
    if (device === undefined) this.#drop("unknown_device", `change of ${keyOf(name)}`);
    else device.changed(isBound);
  }

  #acknowledge(notice: Notice): void {
    for (const payload of encodeAcknowledgement(notice)) {
      if (this.#acknowledgements.length < acknowledgementsMax) this.#acknowledgements.push(payload);
      else this.#drop("unsent_operation", `the acknowledgement of ${notice.kind}`);
    }
  }

  #tellAll(reason: Parameters<SubDevice["refusedAltogether"]>[0]): void {
    for (const device of this.#byDevice.values()) device.refusedAltogether(reason);
  }

  #drop(name: HubDropName, detail: string, board?: string): void {
    this.#events.push({ kind: "dropped", board, name, detail });
  }
}

const keyOf = ({ productId, deviceName }: DeviceName) => `${productId}/${deviceName}`;

function step(device: SubDevice, kind: "subscribe" | "unsubscribe", now: Instant): Packet {
  device.begin(kind, now);
  return { kind, board: device.options.board };
}

/** As many of them as one piece holds. */
function operate(operation: Operation, devices: readonly SubDevice[], now: Instant, nonce: Nonce): Packet {
  const asked = devices.slice(0, fittingCount(operation, devices.map(operationDevice)));
  for (const device of asked) device.begin(operation, now);
  return { kind: "publish", payload: encodeOperation(operation, asked.map(operationDevice), nonce) };
}

const operationDevice = ({ options }: SubDevice) => ({ ...options, secret: options.subDevice?.secret });

function piecesOf(operation: Operation, devices: readonly DeviceName[], nonce: Nonce): readonly Buffer[] {
  const pieces: Buffer[] = [];
  for (let rest = devices; rest.length > 0; ) {
    const count = fittingCount(operation, rest);
    pieces.push(encodeOperation(operation, rest.slice(0, count), nonce));
    rest = rest.slice(count);
  }
  return pieces;
}
