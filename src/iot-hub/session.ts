/**
 * One session with IoT Hub, used once: an MQTT connection as the device, with the messages of its topics read as requests.
 * `openConnection` has what holds of the connection itself; here is what makes it IoT Hub's.
 */

import type { HubEvent, SendResult } from "../gateway/boundary.ts";
import type { Arrival, Connection, ConnectionOptions, Down } from "../mqtt/connection.ts";
import type { Endpoint } from "../mqtt/endpoint.ts";
import { openConnection } from "../mqtt/open-connection.ts";
import {
  clientCertificateOf,
  type DeviceIdentity,
  randomConnId,
  signatureExpiryS,
  signCredentials,
} from "./credentials.ts";
import { packetLimits, quietMs } from "./limits.ts";
import { deviceTopics, processIdOf, responseTopic, type TopicPair } from "./topics.ts";

export interface SessionOptions
  extends Pick<ConnectionOptions, "ca" | "qos" | "keepaliveS" | "pingIntervalMs" | "connectTimeoutMs" | "avoid"> {
  readonly endpoint: Endpoint;
  readonly identity: DeviceIdentity;
  readonly sdkAppId: string;
  readonly topics: TopicPair;
  /** Whose requests are subscribed, one filter each. */
  readonly boards: readonly BoardDevice[];
}

/** The device that a board answers for. */
export interface BoardDevice {
  readonly board: string;
  readonly productId: string;
  readonly deviceName: string;
}

/** What the gateway is told, never before `openSession` has returned; at the end with what is known of the connection. */
export type SessionEvent = Exclude<HubEvent, { readonly kind: "down" }> | ({ readonly kind: "down" } & Down);

export interface Session extends Pick<Connection, "silentMs" | "ask" | "adjust" | "unsubscribe" | "end"> {
  /** Publishes the response to a request of one of the session's boards. */
  publish(board: string, processId: string, payload: Buffer): SendResult;
  /** Publishes on any other topic. */
  publishTo(topic: string, payload: Buffer): SendResult;
}

/** Names of what is not handed on: nobody waits for its answer any more, or can be given one. */
const dropNames = { retained: "retained_request", late: "session_over" } as const;

/** Starts a session. `emit` must not throw. */
export function openSession(options: SessionOptions, emit: (event: SessionEvent) => void): Session {
  const boards = options.boards.map(({ board, productId, deviceName }) => ({
    board,
    topics: deviceTopics(options.topics, productId, deviceName),
  }));
  const topicsOf = new Map(boards.map(({ board, topics }) => [board, topics]));
  const filters = boards.map(({ topics }) => topics.filter);

  function onMessage(topic: string, payload: Buffer, arrival: Arrival): void {
    for (const { board, topics } of boards) {
      const processId = processIdOf(topics, topic);
      if (processId === undefined) continue;
      if (arrival === "live") emit({ kind: "request", board, processId, payload });
      else emit({ kind: "dropped", board, name: dropNames[arrival], detail: topic });
      return;
    }
    emit({ kind: "dropped", board: undefined, name: "foreign_topic", detail: topic });
  }

  const connection = openConnection(connectionOptions(options, filters), {
    onUp(roundTripMs) {
      emit({ kind: "up", roundTripMs });
      for (const { board } of boards) emit({ kind: "board_up", board });
    },
    onMessage,
    onDown: (down) => emit({ kind: "down", ...down }),
  });
  return {
    silentMs: connection.silentMs,
    ask: connection.ask,
    adjust: connection.adjust,
    publish(board, processId, payload) {
      const topics = topicsOf.get(board);
      if (topics === undefined) throw new Error(`no board ${board} on this session`);
      return connection.publish(responseTopic(topics, processId), payload);
    },
    publishTo: connection.publish,
    unsubscribe: connection.unsubscribe,
    end: connection.end,
  };
}

function connectionOptions(options: SessionOptions, filters: readonly string[]): ConnectionOptions {
  const { endpoint, identity, sdkAppId, ca, qos, keepaliveS, pingIntervalMs, connectTimeoutMs, avoid } = options;
  return {
    endpoint,
    login: signCredentials(identity, sdkAppId, randomConnId(), signatureExpiryS),
    clientCertificate: clientCertificateOf(identity),
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
