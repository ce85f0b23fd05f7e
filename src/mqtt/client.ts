/**
 * mqtt.js, as one connection needs it: over a socket that is given, used once, with nothing of mqtt.js's own recovery.
 *
 * The package is imported here and nowhere else. What it is relied on for beyond its documentation is marked "undocumented",
 * and has a test each in test/mqtt/mqtt-package.test.ts, which an upgrade is to pass first.
 */

import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { connect, type IClientOptions, MqttClient, type Packet } from "mqtt";
import { type Endpoint, isWebSocket, urlHost } from "./endpoint.ts";
import { createPacketBound, type PacketLimits } from "./packet-bound.ts";

export type { Packet };

/** What CONNECT says of the client. */
export interface Login {
  readonly clientId: string;
  readonly username: string;
  /** None where the connection below has proved who it is. */
  readonly password?: string;
}

export interface ClientOptions {
  readonly endpoint: Endpoint;
  readonly login: Login;
  readonly keepaliveS: number;
  readonly packetLimits: PacketLimits;
}

/** What mqtt.js reports as an error. */
export type ClientError =
  /** A reason code of MQTT: of a CONNACK, as long as there was none before. */
  | { readonly kind: "reason"; readonly code: number; readonly message: string }
  /** The broker did not answer the ping of the keepalive. */
  | { readonly kind: "no_pingresp" }
  /** Of the socket, of TLS, or of the WebSocket. */
  | { readonly kind: "socket"; readonly error: Error }
  /** What came is no MQTT, or is too much of it. */
  | { readonly kind: "protocol"; readonly message: string };

/** Called from the event loop, never within a call of the client. */
export interface ClientListener {
  /** Each packet, before mqtt.js acts on it; with false mqtt.js passes over it. */
  readonly onPacket: (packet: Packet) => boolean;
  /** CONNACK 0 has come, and the client can subscribe. */
  readonly onConnected: () => void;
  readonly onMessage: (topic: string, payload: Buffer, isRetained: boolean) => void;
  /** May come again; `onClosed` follows only where the socket closes. */
  readonly onError: (error: ClientError) => void;
  /** Once. Messages that were parsed already still follow, one a tick. */
  readonly onClosed: () => void;
}

export interface Client {
  /** Whether something can be published: from CONNACK to the end of the stream. */
  readonly isWritable: boolean;
  /** What has been written and the network has not taken, in bytes. */
  readonly waitingBytes: number;
  /** Sends a packet at QoS 0 as it is, within the turn. */
  write(packet: Buffer): void;
  /** PUBLISH at QoS 1, within the turn; `onAcknowledged` with its PUBACK, or with the end of the connection. */
  publish(topic: string, payload: Buffer, onAcknowledged: () => void): void;
  /** SUBSCRIBE with one filter. @returns the packet's identifier, by which its SUBACK is known */
  subscribe(filter: string, qos: 0 | 1): number;
  /** UNSUBSCRIBE with one filter. `onAnswered` with true at the UNSUBACK, with false at the end of the connection. */
  unsubscribe(filter: string, onAnswered: (isAgreed: boolean) => void): void;
  /** PINGREQ, now. */
  ping(): void;
  /** DISCONNECT, behind the PUBACKs that are awaited; then the stream ends. */
  disconnect(): void;
  /** Closes the stream at once. Under a WebSocket that is not the socket. */
  destroy(): void;
}

const qos1 = { qos: 1 } as const;

/** The client, with CONNECT on its way as soon as `socket` is connected. */
export function openClient(socket: Socket, options: ClientOptions, listener: ClientListener): Client {
  const client = createMqttClient(socket, options);
  // Undocumented: the stream is there from the start, and is the socket itself but for a WebSocket.
  const { stream } = client;

  // Undocumented: what stands in front of mqtt.js's own listener sees every byte before it does.
  const tooLong = createPacketBound(options.packetLimits);
  stream.prependListener("data", function bound(chunk: Buffer) {
    const message = tooLong(chunk, performance.now());
    if (message === undefined) return;
    stream.off("data", bound);
    listener.onError({ kind: "protocol", message });
  });
  client.on("packetreceive", (packet) => {
    // Undocumented: it is told before it is acted on, and one without `cmd` is passed over.
    if (!listener.onPacket(packet)) Object.assign(packet, { cmd: undefined });
  });
  client.on("connect", listener.onConnected);
  client.on("message", (topic, payload, packet) => listener.onMessage(topic, payload, packet.retain));
  // The client tells of most of the stream's errors too, yet of none without a code.
  stream.on("error", (error) => listener.onError({ kind: "socket", error }));
  client.on("error", (error) => listener.onError(clientErrorOf(error)));
  client.once("close", listener.onClosed);

  return {
    get isWritable() {
      return client.connected && stream.writable;
    },
    get waitingBytes() {
      return stream.writableLength;
    },
    write(packet) {
      // Undocumented: what is written past mqtt.js neither waits for nor disturbs what it writes itself.
      stream.write(packet);
    },
    publish(topic, payload, onAcknowledged) {
      client.publish(topic, payload, qos1, onAcknowledged);
      // Undocumented: mqtt.js corks the stream, and would write at the end of the turn, behind all else that is done in it: 0.1 ms.
      stream.uncork();
    },
    subscribe(filter, qos) {
      client.subscribe(filter, { qos });
      // Undocumented: the packet has its identifier when `subscribe` returns.
      return client.getLastMessageId();
    },
    unsubscribe(filter, onAnswered) {
      client.unsubscribe(filter, (error) => onAnswered(error === null || error === undefined));
    },
    // Undocumented, though public.
    ping: () => client.sendPing(),
    disconnect() {
      client.end();
    },
    destroy() {
      stream.destroy();
    },
  };
}

function createMqttClient(socket: Socket, { endpoint, login, keepaliveS, packetLimits }: ClientOptions): MqttClient {
  const options: IClientOptions = {
    ...login,
    protocolId: "MQTT",
    protocolVersion: 4,
    // A persistent session keeps QoS 1 messages for later, and later is too late.
    clean: true,
    keepalive: keepaliveS,
    // A ping is due however much is sent: messages at QoS 0 get no answer that would show a broker that is gone.
    reschedulePings: false,
    // A connection is used once: whoever opened it opens the next one.
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    // The connection has its own limit, which knows how far it came; the longest timer there is disables this.
    connectTimeout: 2 ** 31 - 1,
    // A Buffer for each number up to 65535, made in advance: 7 MiB.
    writeCache: false,
    // Saves some twenty calls of `debug` for each message.
    log: () => {},
  };
  if (!isWebSocket(endpoint.transport)) return new MqttClient(() => socket, options);
  return connect({
    ...options,
    protocol: endpoint.transport === "wss" ? "wss" : "ws",
    hostname: urlHost(endpoint.host),
    port: endpoint.port,
    // MQTT names no path (MQTT 3.1.1 §6).
    path: "/",
    wsOptions: { createConnection: () => socket, maxPayload: packetLimits.bytesMax, perMessageDeflate: false },
  });
}

/** Undocumented: mqtt.js tells of a reason code by a number in `code`, and of a ping without answer by these words alone. */
function clientErrorOf(error: Error): ClientError {
  const { message } = error;
  if ("code" in error && typeof error.code === "number") return { kind: "reason", code: error.code, message };
  if ("code" in error && typeof error.code === "string") return { kind: "socket", error };
  return message === "Keepalive timeout" ? { kind: "no_pingresp" } : { kind: "protocol", message };
}
