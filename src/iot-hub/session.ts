/**
 * One session with IoT Hub, used once: an MQTT connection as the device, with the messages of its topics read as requests.
 * `openConnection` has what holds of the connection itself; here is what makes it IoT Hub's.
 */

import type { Instant } from "../core/instant.ts";
import type { EventSendResult, HubDropName, HubEvent, SendResult } from "../gateway/boundary.ts";
import type { Arrival, Connection, ConnectionOptions, Down } from "../mqtt/connection.ts";
import type { Endpoint } from "../mqtt/endpoint.ts";
import { openConnection } from "../mqtt/open-connection.ts";
import { gatewayItself } from "../runtime/board-name.ts";
import { type BoardEntry, BoardTopics } from "./board-topics.ts";
import {
  clientCertificateOf,
  type DeviceIdentity,
  preSharedKeyOf,
  randomConnId,
  signatureExpiryS,
  signCredentials,
} from "./credentials.ts";
import { packetLimits, quietMs, responseBytesMax } from "./limits.ts";
import type { BoardOptions } from "./sub-device.ts";
import { type DeviceName, deviceTopics, processIdOf, responseTopic, type TopicPair } from "./topics.ts";
import { Upstream } from "./upstream.ts";

export interface SessionOptions
  extends Pick<ConnectionOptions, "ca" | "qos" | "keepaliveS" | "pingIntervalMs" | "connectTimeoutMs" | "avoid"> {
  readonly endpoint: Endpoint;
  readonly identity: DeviceIdentity;
  readonly sdkAppId: string;
  readonly topics: TopicPair;
  /** Whose requests are wanted: perhaps the session's own device, and sub-devices behind it. */
  readonly boards: readonly BoardOptions[];
  readonly now: () => Instant;
  /** Resolves when no request of the hub for the board is open: a sub-device goes offline only then. */
  readonly settled: (board: string) => Promise<void>;
}

/** What the gateway is told, never before `openSession` has returned; at the end with what is known of the connection. */
export type SessionEvent = Exclude<HubEvent, { readonly kind: "down" }> | ({ readonly kind: "down" } & Down);

/** Boards come and go without disturbing the others. Before the session is up, they change what it begins with. */
export interface Session extends Pick<Connection, "silentMs" | "ask" | "adjust" | "end"> {
  /** Publishes the response to a request of one of the session's boards. */
  publish(board: string, processId: string, payload: Buffer, now: Instant): SendResult;
  /** Publishes an event of a board on any topic: at once, or with several boards when the message budget lets it. */
  publishEvent(board: string, topic: string, payload: Buffer): EventSendResult;
  /** Has the hub send no more requests, as `Connection.unsubscribe`. */
  unsubscribe(): Promise<boolean>;
  addBoard(options: BoardOptions): void;
  /** The same for one board: its responses still go out, until it is removed. */
  withdrawBoard(board: string): Promise<boolean>;
  /** The hub is told that it is offline. No event of it follows. */
  removeBoard(board: string): void;
  /** Whether a sub-device is to be online. */
  setPresence(board: string, isPresent: boolean): void;
}

/** Names of what is not handed on: nobody waits for its answer any more, or can be given one. */
const dropNames = { retained: "retained_request", late: "session_over" } as const;

/** Starts a session. `emit` must not throw. */
export function openSession(options: SessionOptions, emit: (event: SessionEvent) => void): Session {
  const { topics: pair, identity, qos, now, settled } = options;
  const boards = new BoardTopics(pair);
  const filterOf = (device: DeviceName) => deviceTopics(pair, device).filter;
  /**
   * Subscribed before the session is up, as always: what the board of the session's own device is asked for. What the gateway itself
   * is asked for comes later, because a hub that refuses it must not cost the boards their session.
   */
  const own = options.boards.filter(({ board, subDevice }) => subDevice === undefined && board !== gatewayItself);

  const connection = openConnection(connectionOptions(options, own.map(filterOf)), {
    onUp(roundTripMs) {
      emit({ kind: "up", roundTripMs });
      for (const { board, ...device } of own) {
        const entry = boards.of(board);
        if (entry === undefined) void connection.unsubscribe(filterOf(device));
        else entry.device.granted();
      }
      upstream.start();
    },
    onMessage,
    onDown(down) {
      upstream.stop();
      emit({ kind: "down", ...down });
    },
  });
  const upstream = new Upstream({ gateway: identity, connection, filterOf, qos, now, settled, emit });

  function onMessage(topic: string, payload: Buffer, arrival: Arrival): void {
    const entry = boards.find(topic);
    const processId = entry && processIdOf(entry.topics, topic);
    if (entry !== undefined && processId !== undefined) requested(entry, topic, processId, payload, arrival);
    else if (topic !== upstream.topics.result) drop(undefined, "foreign_topic", topic);
    else if (arrival !== "live") drop(undefined, dropNames[arrival], topic);
    else {
      upstream.devices.message(payload, now());
      upstream.wake();
    }
  }

  function requested(entry: BoardEntry, topic: string, processId: string, payload: Buffer, arrival: Arrival): void {
    const { board } = entry.device.options;
    if (arrival !== "live") drop(board, dropNames[arrival], topic);
    else if (!entry.device.takesRequest()) drop(board, "foreign_topic", topic);
    else {
      upstream.tell();
      emit({ kind: "request", board, processId, payload });
    }
  }

  function drop(board: string | undefined, name: HubDropName, detail: string): void {
    emit({ kind: "dropped", board, name, detail });
  }

  function addBoard(board: BoardOptions): void {
    boards.add(upstream.devices.add(board));
    upstream.wake();
  }

  function withdrawBoard(board: string): Promise<boolean> {
    const device = boards.of(board)?.device;
    if (device === undefined || device.isWithdrawn) return Promise.resolve(false);
    device.withdraw();
    return device.isSubscribed ? connection.unsubscribe(filterOf(device.options)) : Promise.resolve(false);
  }

  for (const board of options.boards) boards.add(upstream.devices.add(board));
  return {
    silentMs: connection.silentMs,
    ask: connection.ask,
    adjust: connection.adjust,
    publish(board, processId, payload, at) {
      const entry = boards.of(board);
      if (entry === undefined || !entry.device.isOnline) return "not_connected";
      if (payload.length > responseBytesMax) return "payload_too_long";
      const result = connection.publish(responseTopic(entry.topics, processId), payload);
      if (result === "sent") upstream.budget.spend(at);
      return result;
    },
    publishEvent: (board, topic, payload) =>
      payload.length > responseBytesMax ? "payload_too_long" : upstream.publishEvent({ board, topic, payload }),
    unsubscribe() {
      upstream.close();
      return connection.unsubscribe();
    },
    addBoard,
    withdrawBoard,
    removeBoard(board) {
      void withdrawBoard(board);
      upstream.removeBoard(board);
      boards.remove(board);
    },
    setPresence(board, isPresent) {
      boards.of(board)?.device.setPresence(isPresent);
      upstream.wake();
    },
    end() {
      upstream.sayFarewell();
      connection.end();
    },
  };
}

function connectionOptions(options: SessionOptions, filters: readonly string[]): ConnectionOptions {
  const { endpoint, identity, sdkAppId, ca, qos, keepaliveS, pingIntervalMs, connectTimeoutMs, avoid } = options;
  const { password, ...name } = signCredentials(identity, sdkAppId, randomConnId(), signatureExpiryS);
  const psk = preSharedKeyOf(identity, endpoint.transport);
  return {
    endpoint,
    // Where the secret was the key of the handshake, there is nothing to sign; Tencent's C SDK has no password then either.
    login: psk === undefined ? { ...name, password } : name,
    clientCertificate: clientCertificateOf(identity),
    psk,
    ca,
    filters,
    qos,
    keepaliveS,
    pingIntervalMs,
    quietMs,
    connectTimeoutMs,
    packetLimits,
    avoid,
  };
}
