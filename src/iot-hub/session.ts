/**
 * One session with IoT Hub, used once: an MQTT connection as the device, with the messages of its topics read as requests.
 * `openConnection` has what holds of the connection itself; here is what makes it IoT Hub's.
 */

import type { Connection, ConnectionOptions, Down } from "../mqtt/connection.ts";
import type { Endpoint } from "../mqtt/endpoint.ts";
import { openConnection } from "../mqtt/open-connection.ts";
import type { PublishResult } from "../mqtt/publisher.ts";
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
}

/** Messages that arrived and were not handed on. */
export type DropName =
  /** The hub kept it: whoever asked is long gone. */
  | "retained_request"
  /** Not a topic of this device's requests. */
  | "foreign_topic"
  /** It came after the end of the session was decided. */
  | "session_over";

/** Never before `openSession` has returned. */
export type SessionEvent =
  | { readonly kind: "up"; readonly roundTripMs: number }
  /** `payload` is a view of the packet's own bytes. */
  | { readonly kind: "request"; readonly processId: string; readonly payload: Buffer }
  | { readonly kind: "dropped"; readonly name: DropName; readonly topic: string }
  /** Exactly once, last. */
  | ({ readonly kind: "down" } & Down);

export interface Session extends Pick<Connection, "silentMs" | "ask" | "unsubscribe" | "end"> {
  /** Publishes the response to a request. */
  publish(processId: string, payload: Buffer): PublishResult;
  /** Publishes on any other topic. */
  publishTo(topic: string, payload: Buffer): PublishResult;
}

/** Starts a session. `emit` must not throw. */
export function openSession(options: SessionOptions, emit: (event: SessionEvent) => void): Session {
  const { identity } = options;
  const topics = deviceTopics(options.topics, identity.productId, identity.deviceName);
  const connection = openConnection(connectionOptions(options, [topics.filter]), {
    onUp: (roundTripMs) => emit({ kind: "up", roundTripMs }),
    onMessage(topic, payload, arrival) {
      const processId = processIdOf(topics, topic);
      if (processId === undefined) emit({ kind: "dropped", name: "foreign_topic", topic });
      else if (arrival === "retained") emit({ kind: "dropped", name: "retained_request", topic });
      else if (arrival === "late") emit({ kind: "dropped", name: "session_over", topic });
      else emit({ kind: "request", processId, payload });
    },
    onDown: (down) => emit({ kind: "down", ...down }),
  });
  return {
    silentMs: connection.silentMs,
    ask: connection.ask,
    publish: (processId, payload) => connection.publish(responseTopic(topics, processId), payload),
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
